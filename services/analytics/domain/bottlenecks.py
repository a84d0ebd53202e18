"""Bottlenecks: what came to each status, what left it, and how much it held the flow up."""

from dataclasses import dataclass

import polars as pl

from services.analytics.domain.holdups import Holdups, by_status, holdups_of
from services.analytics.domain.items import Items
from services.analytics.domain.statistics import DurationStats, duration_stats
from services.kernel.period import Period
from services.kernel.workflow import DONE_STAGE, Workflow

EXITS_TO_BE_RANKED = 20


@dataclass(frozen=True, slots=True)
class Stage:
    """One status in a window; times in milliseconds.

    None: `older_than_p85_count` below ten visits, `cycle_time_share` without cycle times,
    `median_cycle_time_gain` below twenty exits or ten cycle times.
    """

    status_id: str
    status: str
    arrivals: int
    departures: int
    time: DurationStats
    open_count: int
    older_than_p85_count: int | None
    cycle_time_share: float | None
    median_cycle_time_gain: int | None


def bottlenecks_of(items: Items, window: Period, workflow: Workflow) -> list[Stage]:
    """Describe every status, not done, that anything came to, left or is in; worst first."""
    holdups = holdups_of(items, window)
    stages = [
        _stage(status, visits, holdups, items=items, workflow=workflow)
        for status, visits in by_status(_visits(items, window)).items()
    ]
    seen = [stage for stage in stages if stage.arrivals or stage.departures or stage.open_count]
    return sorted(seen, key=_rank)


def _visits(items: Items, window: Period) -> pl.DataFrame:
    """Pick the items' visits to statuses that are not done, and that may matter in the window."""
    recent = (
        items.snapshot.visits.lazy()
        .filter(
            (pl.col("exit") >= min(window.start, items.as_of))
            & (pl.col("enter") <= items.as_of)
            & (pl.col("stage") < DONE_STAGE)
        )
        .select("issue", "status", "enter", "exit", "synthetic")
        .collect(engine="streaming")
    )
    return recent.drop("issue").filter(items.holds(recent["issue"]))


def _stage(
    status_id: str,
    visits: pl.DataFrame,
    holdups: Holdups,
    *,
    items: Items,
    workflow: Workflow,
) -> Stage:
    """Describe one status; a synthetic visit neither comes nor leaves, but an item may be in it."""
    window, as_of = holdups.window, items.as_of
    enter, leave, real = visits["enter"], visits["exit"], ~visits["synthetic"]
    came = (enter >= window.start) & (enter < window.end) & real
    left = (leave >= window.start) & (leave < min(window.end, as_of + 1)) & real
    lengths = leave.filter(left) - enter.filter(left)
    ages = as_of - enter.filter(leave > as_of)
    time = duration_stats(lengths, eligible_count=lengths.len())
    ranked = lengths.len() >= EXITS_TO_BE_RANKED and time.p50 is not None
    return Stage(
        status_id=status_id,
        status=_name(status_id, items, workflow),
        arrivals=int(came.sum()),
        departures=lengths.len(),
        time=time,
        open_count=ages.len(),
        older_than_p85_count=None if time.p85 is None else int((ages > time.p85).sum()),
        cycle_time_share=holdups.share(status_id),
        median_cycle_time_gain=holdups.gain(status_id, cap=time.p50 or 0) if ranked else None,
    )


def _name(status_id: str, items: Items, workflow: Workflow) -> str:
    """Name a status as the site does; one it no longer lists, as the histories did last."""
    listed = workflow.statuses.get(status_id)
    if listed is not None:
        return listed.name
    named = (
        items.snapshot.visits.lazy()
        .filter(pl.col("status") == status_id)
        .join(items.frame.lazy().select("issue"), on="issue", how="semi")
        .select("enter", pl.col("name").cast(pl.String))
        .drop_nulls()
        .sort("enter", "name")
        .collect()
    )
    return str(named["name"][-1]) if named.height else status_id


def _rank(stage: Stage) -> tuple[bool, int, int, bool, int, str]:
    """Put stages by gain, those without one after them; ties by departures, then by status id."""
    gain = stage.median_cycle_time_gain
    number = int(stage.status_id) if stage.status_id.isdecimal() else None
    return (
        gain is None,
        -(gain or 0),
        -stage.departures,
        number is None,
        number or 0,
        stage.status_id,
    )
