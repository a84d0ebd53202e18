"""Bottlenecks: each status with what came, what left, how long it stayed, and what it costs."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from client.show.bars import bar
from client.show.figures import (
    NONE,
    count_in_words,
    count_of,
    percent_in_words,
    share_of,
    span_of,
)
from client.show.frame import NARROW, framed, indented, note, plain_table
from client.show.names import name
from client.show.spans import in_words
from jira_analytics.analytics.v1.analytics_pb2 import Bottlenecks, DurationStats, Stage

BAR = 24
NARROW_BAR = 6
NAME = 30
NARROW_NAME = 15


def show_bottlenecks(bottlenecks: Bottlenecks, *, width: int) -> Group:
    """Lay the statuses out for a terminal `width` characters wide."""
    stages = bottlenecks.stages
    if not stages:
        nothing = note("no item was in a status that is not done")
        return framed("Bottlenecks", bottlenecks.provenance, nothing)
    parts: list[RenderableType] = [indented(_table(stages, wide=width >= NARROW)), ""]
    if stages[0].HasField("median_cycle_time_gain"):
        parts += [indented(bottleneck_in_words(stages[0])), ""]
    parts += [note(words) for words in _remarks(stages)]
    return framed("Bottlenecks", bottlenecks.provenance, *parts)


def bottleneck_in_words(stage: Stage) -> Text:
    """Say what a status costs, and what would be won there."""
    said = name(stage.status, "bold yellow")
    share, gain = share_of(stage, "cycle_time_share"), span_of(stage, "median_cycle_time_gain")
    if share is not None:
        said.append(f" takes {percent_in_words(share)} of the cycle time", style="not bold default")
    if gain:
        said.append(
            "; with no visit above its own median, the median cycle time would be "
            f"{in_words(gain)} shorter",
            style="not bold default",
        )
    return said


def _table(stages: Sequence[Stage], *, wide: bool) -> Table:
    table = plain_table()
    longest_name = NAME if wide else NARROW_NAME
    table.add_column("status", max_width=longest_name, overflow="ellipsis", no_wrap=True)
    for title in ("in", "out", "open", "late", "p50", "p85"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("cycle time" if wide else "share", no_wrap=True)
    table.add_column("", justify="right", no_wrap=True)
    table.add_column("gain", justify="right", no_wrap=True, style="bold")
    longest = max(stage.cycle_time_share for stage in stages)
    for stage in stages:
        table.add_row(*_row(stage, longest=longest, bars=BAR if wide else NARROW_BAR))
    return table


def _row(stage: Stage, *, longest: float, bars: int) -> tuple[RenderableType, ...]:
    share, gain = share_of(stage, "cycle_time_share"), span_of(stage, "median_cycle_time_gain")
    return (
        name(stage.status, "bold"),
        count_in_words(count_of(stage, "arrivals")),
        count_in_words(count_of(stage, "departures")),
        count_in_words(count_of(stage, "open_count")),
        count_in_words(count_of(stage, "older_than_p85_count")),
        _length(stage.time, "p50"),
        _length(stage.time, "p85"),
        bar(share, longest=longest, width=bars, style="yellow"),
        percent_in_words(share),
        NONE if gain is None else in_words(gain),
    )


def _length(stats: DurationStats, percentile: str) -> str:
    span = span_of(stats, percentile)
    return NONE if span is None else in_words(span) + ("*" if stats.small_sample else "")


def _remarks(stages: Sequence[Stage]) -> list[str]:
    """Say what the columns mean, and what the marks in this table stand for."""
    said = [
        "late: open items that are there longer than the p85 of their status",
        "gain: what the median cycle time would lose with no visit above the status's own median",
    ]
    if any(stage.time.small_sample and stage.time.HasField("p50") for stage in stages):
        said.append("*: small sample, fewer than 30 visits, read with care")
    if any(not stage.time.HasField("p50") for stage in stages):
        said.append(f"{NONE}: fewer than 10 visits ended, or fewer than 20 exits for a gain")
    return said
