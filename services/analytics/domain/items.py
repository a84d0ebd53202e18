"""The items a question speaks of, with what is known of them at its instant."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

import polars as pl

from services.analytics.domain.attributes import Attribute, held_at
from services.analytics.domain.facts import NEVER
from services.analytics.domain.question import Question
from services.analytics.domain.snapshot import Snapshot
from services.kernel.ids import Instant
from services.kernel.period import Period, period_before


@dataclass(frozen=True, slots=True)
class Items:
    """The flow's issues that exist at `as_of` and pass a question's filters.

    `frame` columns: issue (row in the snapshot), created, started_at, done_at; NEVER where none. A
    start after `as_of` is there too: it is after every instant that can be asked about.
    """

    snapshot: Snapshot
    as_of: Instant
    frame: pl.DataFrame

    def holds(self, issues: pl.Series) -> pl.Series:
        """Tell of each of the snapshot's rows whether it is among the items."""
        among = pl.repeat(value=False, n=self.snapshot.issues.height, dtype=pl.Boolean, eager=True)
        return among.scatter(self.frame["issue"], True).gather(issues)


def items_of(snapshot: Snapshot, question: Question) -> Items:
    """Pick the items of a question; projects and types are those at its `as_of`.

    Those created and done before anything that is asked about are left out: they count in nothing,
    and they are most of a long history.
    """
    as_of = question.as_of
    before = period_before(question.period, ZoneInfo(question.time_zone))
    since = min(before.start, as_of)
    found = (
        snapshot.issues.lazy()
        .with_row_index("issue")
        .filter(pl.col("counted") & (pl.col("created") <= as_of) & (pl.col("deleted") > as_of))
    )
    if question.projects:
        found = _among(found, snapshot, Attribute.PROJECT, question.projects, as_of=as_of)
    if question.issue_types:
        found = _among(found, snapshot, Attribute.ISSUE_TYPE, question.issue_types, as_of=as_of)
    frame = (
        _with_done(found, snapshot.earlier_runs, as_of)
        .filter((pl.col("done_at") >= since) | (pl.col("created") >= since))
        .select("issue", "created", "started_at", "done_at")
        .collect()
    )
    return Items(snapshot, as_of, frame)


def in_progress(items: Items, at: Instant) -> pl.DataFrame:
    """Pick the items that were started before an instant and not done before it."""
    return items.frame.filter((pl.col("started_at") < at) & (pl.col("done_at") >= at))


def finished(items: Items, window: Period) -> pl.DataFrame:
    """Pick the items that are done since an instant in the window."""
    return items.frame.filter(pl.col("done_at").is_between(window.start, window.end, closed="left"))


def with_cycle_time(finished_items: pl.DataFrame) -> pl.DataFrame:
    """Pick those with a cycle time and give it; done at the start is none (flag `no_start`)."""
    started = finished_items.filter(pl.col("started_at") < pl.col("done_at"))
    return started.with_columns(cycle_time=pl.col("done_at") - pl.col("started_at"))


def _among(
    issues: pl.LazyFrame,
    snapshot: Snapshot,
    attribute: Attribute,
    wanted: tuple[str, ...],
    *,
    as_of: Instant,
) -> pl.LazyFrame:
    """Keep the issues whose attribute was one of the wanted."""
    then = held_at(snapshot.spans, attribute, as_of)
    held = then.select("issue", held=_is_one_of("value", wanted))
    return (
        issues.join(held.lazy(), on="issue", how="left", maintain_order="left")
        .filter(pl.coalesce("held", _is_one_of(attribute.value, wanted)))
        .drop("held")
    )


def _is_one_of(column: str, wanted: tuple[str, ...]) -> pl.Expr:
    return pl.col(column).cast(pl.String).is_in(wanted).fill_null(value=False)


def _with_done(issues: pl.LazyFrame, earlier_runs: pl.DataFrame, as_of: Instant) -> pl.LazyFrame:
    """Tell when the run in done began that holds at `as_of`, as far as was known then."""
    holds = (pl.col("done_from") <= as_of) & (pl.col("done_until") > as_of)
    done = issues.with_columns(done_at=pl.when(holds).then(pl.col("done_from")).otherwise(NEVER))
    earlier = earlier_runs.filter(holds).select("issue", earlier="done_from")
    if earlier.height == 0:
        return done
    return done.join(earlier.lazy(), on="issue", how="left", maintain_order="left").with_columns(
        done_at=pl.coalesce("earlier", "done_at")
    )
