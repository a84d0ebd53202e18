"""What is played, told to whoever watches the process: a bar in a terminal, else a line each."""

import asyncio
from datetime import UTC, datetime

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from twin.playing import Played
from twin.site import Site

_LOOK_SECONDS = 0.2


def day_of(then_ms: int) -> str:
    """Write a day of the data."""
    return f"{datetime.fromtimestamp(then_ms / 1000, tz=UTC):%Y-%m-%d}"


async def play(site: Site, *, speed: float, console: Console) -> None:
    """Play the site's history to its end, and tell of it on a console."""
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
    )
    player = site.player
    if not console.is_terminal:
        player.tell = lambda played: _line(console, played)
    player.go_on_at(speed)
    with bar:
        task = bar.add_task("")
        while True:
            told = player.report()
            day = day_of(told["then_ms"])
            bar.update(task, description=day, completed=told["played"], total=told["events"])
            if told["over"]:
                break
            await asyncio.sleep(_LOOK_SECONDS)
    console.print(f"twin: the history ends here, after {told['played']:,} events")


def _line(console: Console, played: Played) -> None:
    words = f"{day_of(played.then_ms)}  {played.key:<16}  {played.said}"
    console.print(words, markup=False, soft_wrap=True)
