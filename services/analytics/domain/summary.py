"""The executive summary: a window's main figures beside those of the window before."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

import polars as pl

from services.analytics.domain.bottlenecks import Stage, bottlenecks_of
from services.analytics.domain.items import (
    Items,
    finished,
    in_progress,
    items_of,
    with_cycle_time,
)
from services.analytics.domain.question import Question
from services.analytics.domain.snapshot import Snapshot
from services.analytics.domain.statistics import DurationStats, duration_stats
from services.kernel.period import Period, period_before
from services.kernel.workflow import Workflow


@dataclass(frozen=True, slots=True)
class Figures:
    """One window's figures; WIP and ages are those at min(its end, as_of)."""

    created: int
    throughput: int
    cycle_time: DurationStats
    lead_time: DurationStats
    wip: int
    work_item_age: DurationStats


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures of the window and of the one before, and what held the window up most."""

    current: Figures
    previous: Figures
    top_bottleneck: Stage | None


def summary_of(snapshot: Snapshot, question: Question, workflow: Workflow) -> Summary:
    """Sum up a window."""
    items = items_of(snapshot, question)
    stages = bottlenecks_of(items, question.period, workflow)
    ranked = [stage for stage in stages[:1] if stage.median_cycle_time_gain is not None]
    return Summary(
        current=figures_of(items, question.period),
        previous=figures_of(items, period_before(question.period, ZoneInfo(question.time_zone))),
        top_bottleneck=ranked[0] if ranked else None,
    )


def figures_of(items: Items, window: Period) -> Figures:
    """Count one window's figures, with what is known at the items' `as_of`."""
    at = min(window.end, items.as_of)
    created = pl.col("created").is_between(window.start, window.end, closed="left")
    done = finished(items, window)
    working = in_progress(items, at)
    return Figures(
        created=int(items.frame.select(created.sum()).item()),
        throughput=done.height,
        cycle_time=duration_stats(with_cycle_time(done)["cycle_time"], eligible_count=done.height),
        lead_time=duration_stats(done["done_at"] - done["created"], eligible_count=done.height),
        wip=working.height,
        work_item_age=duration_stats(at - working["started_at"], eligible_count=working.height),
    )
