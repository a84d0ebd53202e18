"""How a figure moved against the window before: an arrow, a percentage, and if that is good."""

from enum import StrEnum

from rich.text import Text

from client.show.figures import NONE

SOME_PERCENT = 0.5
MANY_TIMES = 10
TIMES = "\N{MULTIPLICATION SIGN}"


class Better(StrEnum):
    """Which way a figure should move."""

    MORE = "more"
    LESS = "less"
    NEITHER = "neither"


def change(current: float | None, previous: float | None, *, better: Better) -> Text:
    """Say how a figure moved; nothing to say where one of the two is missing.

    >>> str(change(91, 75, better=Better.MORE)), str(change(5, 0, better=Better.LESS))
    ('▲ 21 %', '▲ from none')
    """
    if current is None or previous is None:
        return Text(NONE, style="dim")
    if current == previous:
        return Text("= the same", style="dim")
    rises = current > previous
    return Text(f"{'▲' if rises else '▼'} {_size(current, previous)}", style=_style(rises, better))


def _size(current: float, previous: float) -> str:
    if not previous:
        return "from none"
    if current / previous >= MANY_TIMES:
        return f"{TIMES} {current / previous:,.0f}"
    percent = abs(current - previous) / previous * 100
    return f"{percent:.0f} %" if percent >= SOME_PERCENT else "< 1 %"


def _style(rises: bool, better: Better) -> str:
    if better is Better.NEITHER:
        return "cyan"
    return "green" if rises is (better is Better.MORE) else "red"
