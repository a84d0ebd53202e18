"""A set of issues as frames: what a snapshot is made of, once for most and once for the changed."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from services.analytics.domain.attributes import spans_of
from services.analytics.domain.facts import Facts, row_places
from services.analytics.domain.stages import clock_of, with_stages
from services.analytics.domain.timeline import visits_of

_REPEATED_IN_ISSUES = ("project", "issue_type", "assignee", "assignee_name")
_REPEATED_IN_VISITS = ("status", "name")
_REPEATED_IN_SPANS = ("attribute", "value", "name")
_CLOCK = ("started_at", "done_from", "done_until")


@dataclass(frozen=True, slots=True)
class Part:
    """Issues in the order of their ids, and what refers to them by row.

    `issues`: issue_id, in_flow, project, issue_type, assignee, assignee_name, created, deleted,
    started_at, done_from, done_until, first_visit (its row). `visits`: see `timeline`, and their
    stage. `earlier_runs`: see `stages`. `spans`: see `attributes`. Repeated texts are
    dictionary-encoded.
    """

    issues: pl.DataFrame
    visits: pl.DataFrame
    earlier_runs: pl.DataFrame
    spans: pl.DataFrame

    @property
    def byte_count(self) -> int:
        """The memory that the frames take, in bytes."""
        frames = (self.issues, self.visits, self.earlier_runs, self.spans)
        return sum(int(frame.estimated_size()) for frame in frames)

    def rows_of(self, issue_ids: pl.Series) -> pl.Series:
        """Find the rows of those of the issues that are here; costs a binary search each."""
        if self.issues.height == 0:
            return pl.Series(dtype=pl.UInt32)
        own = self.issues["issue_id"]
        places = own.search_sorted(issue_ids).cast(pl.UInt32)
        candidates = pl.DataFrame({"place": places, "wanted": issue_ids}).filter(
            pl.col("place") < own.len()
        )
        return candidates.filter(own.gather(candidates["place"]) == candidates["wanted"])["place"]


def part_of(facts: Facts, stages: Mapping[str, int], categories: pl.Categories) -> Part:
    """Make a part of facts (one row an issue, in the order of ids: `facts.joined`)."""
    repeated = pl.Categorical(categories)
    visits = with_stages(visits_of(facts), stages)
    clock = clock_of(visits, height=facts.issues.height)
    issues = facts.issues.select(
        "issue_id", "in_flow", *_REPEATED_IN_ISSUES, "created", "deleted", _first_visits(visits)
    ).hstack(clock.issues)
    return Part(
        issues=issues.cast(dict.fromkeys(_REPEATED_IN_ISSUES, repeated)),
        visits=visits.cast(dict.fromkeys(_REPEATED_IN_VISITS, repeated)),
        earlier_runs=clock.earlier_runs,
        spans=spans_of(facts).cast(dict.fromkeys(_REPEATED_IN_SPANS, repeated)),
    )


def restaged(part: Part, stages: Mapping[str, int]) -> Part:
    """Read a part through another mapping of statuses to stages."""
    visits = with_stages(part.visits, stages)
    clock = clock_of(visits, height=part.issues.height)
    issues = part.issues.drop(_CLOCK).hstack(clock.issues)
    return Part(issues, visits, clock.earlier_runs, part.spans)


def merged(older: Part, newer: Part) -> Part:
    """Put two parts together; an issue that is in both is as the newer one has it."""
    kept = pl.repeat(value=True, n=older.issues.height, dtype=pl.Boolean, eager=True)
    kept.scatter(older.rows_of(newer.issues["issue_id"]), False)
    first = older.issues.height
    issues = pl.concat(
        [
            older.issues.with_row_index("was").filter(kept),
            newer.issues.with_row_index("was", offset=first),
        ]
    ).sort("issue_id")
    places = row_places(issues["was"], first + newer.issues.height)

    def follow(old: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
        both = old.vstack(shifted(new, first))
        moved = both.with_columns(issue=places.gather(both["issue"])).drop_nulls("issue")
        return moved.sort("issue", maintain_order=True)

    visits = follow(older.visits, newer.visits)
    return Part(
        issues=issues.drop("was").with_columns(_first_visits(visits)),
        visits=visits,
        earlier_runs=follow(older.earlier_runs, newer.earlier_runs),
        spans=follow(older.spans, newer.spans),
    )


def _first_visits(visits: pl.DataFrame) -> pl.Series:
    """Find where each issue's visits begin; every issue has one at least."""
    issue = visits["issue"]
    begins = (issue != issue.shift()).fill_null(value=True)
    return begins.arg_true().cast(pl.UInt32).alias("first_visit")


def shifted(frame: pl.DataFrame, rows: int) -> pl.DataFrame:
    """Make a frame refer to issues that stand `rows` rows further down."""
    return frame.with_columns((pl.col("issue") + rows).cast(pl.UInt32))
