"""The executive summary: what came, what was finished, how long it took, and what to look at."""

from dataclasses import dataclass
from datetime import timedelta

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from client.show.bars import bar
from client.show.bottlenecks import bottleneck_in_words
from client.show.changes import Better, change
from client.show.figures import (
    NONE,
    PERCENTILES,
    count_in_words,
    count_of,
    span_of,
    why_missing,
)
from client.show.frame import NARROW, framed, indented, moments, note, plain_table, section
from client.show.spans import in_words
from client.show.windows import window_before, window_in_words
from jira_analytics.analytics.v1.analytics_pb2 import (
    CountFigure,
    DurationFigure,
    DurationStats,
    ExecutiveSummary,
)

BAR = 36
NARROW_BAR = 22


@dataclass(frozen=True, slots=True)
class Lengths:
    """One figure of lengths of time, and how to speak of it."""

    title: str
    said: str
    figure: DurationFigure
    remark: str = ""


def show_summary(summary: ExecutiveSummary, *, width: int) -> Group:
    """Lay an executive summary out for a terminal `width` characters wide."""
    bars = NARROW_BAR if width < NARROW else BAR
    parts: list[RenderableType] = [
        indented(_counts(summary, bars=bars)),
        note(_window_before(summary)),
        "",
    ]
    for lengths in _lengths(summary):
        parts += [indented(_percentiles(lengths, bars=bars)), *_remarks(lengths), ""]
    parts.append(indented(_top_bottleneck(summary)))
    return framed("Executive summary", summary.provenance, *parts)


def _counts(summary: ExecutiveSummary, *, bars: int) -> Table:
    table = plain_table()
    table.add_column("")
    table.add_column("now", justify="right", style="bold")
    table.add_column("before", justify="right", style="dim")
    table.add_column("change")
    table.add_column("")
    rows: tuple[tuple[str, CountFigure, Better], ...] = (
        ("Items created", summary.created, Better.NEITHER),
        ("Items finished", summary.throughput, Better.MORE),
        ("In progress at the end", summary.wip, Better.LESS),
    )
    longest = max(figure.current for _, figure, _ in rows)
    for name, figure, better in rows:
        now, then = count_of(figure, "current"), count_of(figure, "previous")
        moved = change(now, then, better=better)
        drawn = bar(now, longest=longest, width=bars, style="blue")
        table.add_row(name, count_in_words(now), count_in_words(then), moved, drawn)
    return table


def _window_before(summary: ExecutiveSummary) -> str:
    start, end, _ = moments(summary.provenance)
    return f"before: {window_in_words(*window_before(start, end))}"


def _lengths(summary: ExecutiveSummary) -> tuple[Lengths, ...]:
    cycle, lead, age = summary.cycle_time, summary.lead_time, summary.work_item_age
    return (
        Lengths("Cycle time", "from started to done", cycle, coverage(cycle.current)),
        Lengths("Lead time", "from created to done", lead),
        Lengths("Age of work in progress", "since it was started", age),
    )


def _percentiles(lengths: Lengths, *, bars: int) -> Group:
    """Draw the percentiles as bars; where they are withheld, say why."""
    title = section(lengths.title, lengths.said)
    stats = lengths.figure.current
    found = [_days(span_of(stats, name)) for name in PERCENTILES]
    longest = max((days for days in found if days is not None), default=None)
    if longest is None:
        withheld = Text.assemble(("p50, p85, p95  ", "dim"), f"{NONE} ({why_missing(stats.count)})")
        return Group(title, indented(withheld))
    table = plain_table()
    table.show_header = False
    for name in PERCENTILES:
        table.add_row(*_line(lengths.figure, name, longest=longest, bars=bars))
    return Group(title, indented(table))


def _line(
    figure: DurationFigure, name: str, *, longest: float, bars: int
) -> tuple[RenderableType, ...]:
    now, then = span_of(figure.current, name), span_of(figure.previous, name)
    return (
        Text(name, style="dim"),
        bar(_days(now), longest=longest, width=bars),
        Text(NONE if now is None else in_words(now), style="bold", justify="right"),
        change(_days(now), _days(then), better=Better.LESS),
        Text("" if then is None else f"from {in_words(then)}", style="dim"),
    )


def _days(span: timedelta | None) -> float | None:
    return None if span is None else span / timedelta(days=1)


def _remarks(lengths: Lengths) -> list[RenderableType]:
    now, then = lengths.figure.current, lengths.figure.previous
    said = [lengths.remark] if lengths.remark else []
    if now.small_sample and now.HasField("p50"):
        said.append(f"small sample, {now.count} items: read with care")
    if now.HasField("p50") and not then.HasField("p50"):
        said.append(f"nothing to compare with: {why_missing(then.count)} in the window before")
    return [note(words) for words in said]


def coverage(stats: DurationStats) -> str:
    """Say how many of the finished items have a cycle time, and why the others have none."""
    count, finished = stats.count, stats.eligible_count
    if not finished:
        return ""
    if count == finished:
        return f"all {finished:,} finished items have a cycle time"
    others = finished - count
    if not count:
        have, rest = "no cycle time", "it" if others == 1 else "they"
    else:
        have, rest = "a cycle time", f"the other {others:,}"
    some = f"{count:,} of {finished:,}" if count else f"the {finished:,}"
    verb = "has" if (count or finished) == 1 else "have"
    items = "item" if finished == 1 else "items"
    return (
        f"{some} finished {items} {verb} {have}; {rest} never "
        f"{'was' if others == 1 else 'were'} in a status of category “in progress”"
    )


def _top_bottleneck(summary: ExecutiveSummary) -> Text:
    name = ("Top bottleneck  ", "bold")
    if summary.HasField("top_bottleneck"):
        return Text.assemble(name, bottleneck_in_words(summary.top_bottleneck))
    return Text.assemble(
        name, (f"{NONE} (no status had twenty exits and a cycle time to shorten)", "dim")
    )
