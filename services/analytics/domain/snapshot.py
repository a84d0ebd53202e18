"""A connection's issues at a moment, in memory, ready to be asked.

A snapshot is a large base and a small overlay of issues that changed since: their rows in the base
are no longer live. So a refresh costs what changed; when the overlay has grown, it is merged into
the base. How it was arrived at shows in no answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from services.analytics.domain.facts import Facts, no_facts
from services.analytics.domain.part import Part, merged, part_of, restaged, shifted

# The overlay is merged into the base beyond this many issues, and this share of the base.
LEAST_OVERLAY = 4096
OVERLAY_SHARE = 8


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Issues, visits, runs and spans (see `Part`), base before overlay.

    `issues` has a column `counted` more: the row is live, and in the flow by its present type.
    """

    stages: Mapping[str, int]
    categories: pl.Categories
    base: Part
    overlay: Part
    live: pl.Series
    issues: pl.DataFrame
    visits: pl.DataFrame
    earlier_runs: pl.DataFrame
    spans: pl.DataFrame

    @property
    def byte_count(self) -> int:
        """The memory that the frames take, in bytes."""
        return self.base.byte_count + self.overlay.byte_count + self.live.len() // 4


def empty(stages: Mapping[str, int]) -> Snapshot:
    """Make a snapshot of no issue, for a mapping of status ids to stages."""
    categories = pl.Categories.random()
    nothing = part_of(no_facts(), stages, categories)
    return _assembled(
        nothing, nothing, pl.Series(dtype=pl.Boolean), stages=stages, categories=categories
    )


def refreshed(snapshot: Snapshot, facts: Facts) -> Snapshot:
    """Make the snapshot in which these issues are as the facts (`facts.joined`) say."""
    changed = part_of(facts, snapshot.stages, snapshot.categories)
    base, overlay = snapshot.base, merged(snapshot.overlay, changed)
    live = snapshot.live.clone()
    if overlay.issues.height > max(LEAST_OVERLAY, base.issues.height // OVERLAY_SHARE):
        base, overlay = merged(base, overlay), _nothing_like(base)
        live = pl.repeat(value=True, n=base.issues.height, dtype=pl.Boolean, eager=True)
    else:
        live.scatter(base.rows_of(changed.issues["issue_id"]), False)
    return _assembled(base, overlay, live, stages=snapshot.stages, categories=snapshot.categories)


def remapped(snapshot: Snapshot, stages: Mapping[str, int]) -> Snapshot:
    """Make the snapshot of the same issues seen through another mapping."""
    return _assembled(
        restaged(snapshot.base, stages),
        restaged(snapshot.overlay, stages),
        snapshot.live,
        stages=stages,
        categories=snapshot.categories,
    )


def _nothing_like(part: Part) -> Part:
    return Part(
        part.issues.clear(), part.visits.clear(), part.earlier_runs.clear(), part.spans.clear()
    )


def _assembled(
    base: Part,
    overlay: Part,
    live: pl.Series,
    *,
    stages: Mapping[str, int],
    categories: pl.Categories,
) -> Snapshot:
    first = base.issues.height
    counted = base.issues["in_flow"] & live
    return Snapshot(
        stages=stages,
        categories=categories,
        base=base,
        overlay=overlay,
        live=live,
        issues=base.issues.with_columns(counted=counted).vstack(
            overlay.issues.with_columns(
                (pl.col("first_visit") + base.visits.height).cast(pl.UInt32),
                counted=pl.col("in_flow"),
            )
        ),
        visits=base.visits.vstack(shifted(overlay.visits, first)),
        earlier_runs=base.earlier_runs.vstack(shifted(overlay.earlier_runs, first)),
        spans=base.spans.vstack(shifted(overlay.spans, first)),
    )
