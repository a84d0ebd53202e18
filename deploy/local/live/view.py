"""How the moving summary looks: a frame that is drawn again and again, or a line for each move."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from typing import Final

from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from client.show.bars import bar
from client.show.frame import indented, note, plain_table
from deploy.local.live.moving import Moving, Numbers

BAR: Final = 30
ROOM: Final = 1.4  # bars have room to grow, by so much of the highest number at first
NAMES: Final = ("Items created", "Items finished", "In progress")
SHORT_NAMES: Final = ("created", "finished", "in progress")


@dataclass(frozen=True, slots=True)
class Frame:
    """All that one look at it shows. `seconds` of `of_seconds` have passed."""

    moving: Moving
    days_per_second: float
    seconds: float
    of_seconds: float

    def __rich__(self) -> Group:
        """Lay it out."""
        speed = f"{self.days_per_second:g} days of history a second"
        return Group(
            "",
            Text.assemble(("Live summary", "bold cyan"), f"  {speed}, webhooks over TLS"),
            "",
            indented(self._progress()),
            "",
            indented(_numbers(self.moving)),
            "",
            indented(_events(self.moving)),
            "",
            note(delays_in_words(self.moving.delays_ms()) or "no issue was filed yet"),
        )

    def _progress(self) -> Table:
        table = plain_table()
        table.show_header = False
        shown = ProgressBar(total=self.of_seconds, completed=self.seconds, width=BAR)
        left = f"{self.seconds:.0f} of {self.of_seconds:.0f} s; Ctrl-C ends it"
        table.add_row(
            Text(day_of(self.moving.then_ms), style="bold"), shown, Text(left, style="dim")
        )
        return table


def line_of(moving: Moving) -> str:
    """Say the numbers in one line."""
    numbers = (
        f"{name} {now:,} ({now - first:+d})"
        for name, first, now in zip(
            SHORT_NAMES, astuple(moving.first), astuple(moving.now), strict=True
        )
    )
    return f"{day_of(moving.then_ms)}  " + "  ".join(numbers)


def moved_in_words(first: Numbers, last: Numbers) -> str:
    """Say from where to where the numbers moved."""
    return ", ".join(
        f"{name.lower()} {before:,} → {after:,}"
        for name, before, after in zip(NAMES, astuple(first), astuple(last), strict=True)
    )


def delays_in_words(delays_ms: Sequence[int]) -> str:
    """Say how soon issues were counted, in order of delay; nothing where none was.

    >>> delays_in_words([300, 400, 900])
    'from filed at the site to counted here: half within 0.4 s, the longest 0.9 s (3 issues)'
    """
    if not delays_ms:
        return ""
    half = delays_ms[(len(delays_ms) - 1) // 2]
    issues = "1 issue" if len(delays_ms) == 1 else f"{len(delays_ms)} issues"
    return (
        f"from filed at the site to counted here: half within {_seconds(half)}, "
        f"the longest {_seconds(delays_ms[-1])} ({issues})"
    )


def day_of(then_ms: int) -> str:
    """Write a day of history."""
    return f"{datetime.fromtimestamp(then_ms / 1000, tz=UTC):%d %b %Y}"


def _numbers(moving: Moving) -> Table:
    table = plain_table()
    table.add_column("")
    table.add_column("at first", justify="right", style="dim")
    table.add_column("now", justify="right", style="bold")
    table.add_column("moved", width=7)
    table.add_column("")
    longest = max(*(count * ROOM for count in astuple(moving.first)), *astuple(moving.now), 1)
    for name, first, now in zip(NAMES, astuple(moving.first), astuple(moving.now), strict=True):
        drawn = bar(now, longest=longest, width=BAR, style="blue")
        table.add_row(name, f"{first:,}", f"{now:,}", _moved(now - first), drawn)
    return table


def _moved(by: int) -> Text:
    if not by:
        return Text("=", style="dim")
    return Text(f"{'▲' if by > 0 else '▼'} {abs(by):,}", style="green" if by > 0 else "yellow")


def _events(moving: Moving) -> RenderableType:
    if not moving.latest:
        return Text("nothing has happened yet", style="dim")
    table = plain_table()
    for title in ("at the site", "", "", "counted"):
        table.add_column(title, no_wrap=True)
    for event, place in reversed(moving.latest):
        delay = moving.delay_ms(event, place)
        counted = "" if delay is None else f"after {_seconds(delay)}"
        day = Text(day_of(event.then_ms), style="dim")
        said = Text(event.said, style="green" if event.is_filed else "")
        table.add_row(day, Text(event.key), said, Text(counted, style="green"))
    return table


def _seconds(milliseconds: int) -> str:
    return f"{milliseconds / 1000:.1f} s"
