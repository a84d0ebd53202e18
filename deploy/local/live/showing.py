"""The live demo from its first webhook to its last word."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Final

from rich.console import Console
from rich.live import Live

from client.api import Client
from client.question import Question
from deploy.local.live.checking import collected_afresh, settled
from deploy.local.live.moving import Moving, Numbers
from deploy.local.live.options import LiveOptions
from deploy.local.live.site import Site, site_at
from deploy.local.live.view import Frame, day_of, delays_in_words, line_of, moved_in_words
from deploy.local.options import CannotStart
from deploy.local.stack import Tell

LOOK_SECONDS: Final = 0.25
LEVEL_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class LiveDemo:
    """A collected connection of the demo's account, and the site that it was collected from."""

    client: Client
    connection: str
    origin: str  # of the site
    console: Console
    tell: Tell
    options: LiveOptions
    last_days: int
    ended: asyncio.Event = field(default_factory=asyncio.Event)  # somebody has seen enough

    async def numbers(self) -> Numbers:
        """Ask for the summary's counts."""
        question = Question(connection=self.connection, last_days=self.last_days)
        return Numbers.of(await self.client.executive_summary(question))


async def show_live(demo: LiveDemo) -> None:
    """Let history go on and show the summary move; then say what moved, and whether it is right.

    Ctrl-C ends the showing, and nothing else. CannotStart where the site has no history, or where
    its webhooks do not arrive; ClientError where what was collected afresh differs.
    """
    async with site_at(demo.origin) as site, _told_of_everything(demo, site):
        await site.pause()
        first = await demo.numbers()
        moving = Moving(first, await site.go_on(days_per_second=demo.options.days_per_second))
        demo.tell(f"history goes on from {day_of(moving.then_ms)}, and the summary with it\n")
        try:
            with _ended_by_ctrl_c(demo.ended):
                await _show(demo, site, moving)
        finally:
            await site.pause()
        demo.console.print()
        demo.tell(f"{moving.events:,} events at the site, to {day_of(moving.then_ms)}")
        demo.tell(await settled(demo.client, demo.connection, site))
        said = await collected_afresh(demo.client, demo.connection, demo.origin, demo.last_days)
        demo.tell(moved_in_words(first, await demo.numbers()))
        if delays := delays_in_words(moving.delays_ms()):
            demo.tell(delays)
        demo.tell(said)


@asynccontextmanager
async def _told_of_everything(demo: LiveDemo, site: Site) -> AsyncIterator[None]:
    """Have the site's webhook, signed with a secret of the connection, until the block is left."""
    made = await demo.client.rotate_webhook_secret(demo.connection)
    url = demo.client.origin + made.path
    async with site.telling(url, made.secret):
        demo.tell(f"the site has a webhook, signed, to {url}")
        yield


async def _show(demo: LiveDemo, site: Site, moving: Moving) -> None:
    """Show look after look: drawn again in a terminal, else a line where something moved."""
    options, drawn = demo.options, demo.console.is_terminal
    screen = Live(console=demo.console, auto_refresh=False)
    with screen if drawn else nullcontext():
        async for moved, seconds in _looks(demo, site, moving):
            if drawn:
                frame = Frame(moving, options.days_per_second, seconds, options.seconds)
                screen.update(frame, refresh=True)
            elif moved:
                demo.console.print(line_of(moving))


async def _looks(demo: LiveDemo, site: Site, moving: Moving) -> AsyncIterator[tuple[bool, float]]:
    """Look again and again until the time is up, history ends, or somebody has seen enough.

    Then history stands still, and the summary is looked at until it shows all that was filed.
    Yields whether a number moved, and the seconds for which history has gone on.
    """
    began, arrived, paused = time.monotonic(), False, False
    ends = began + demo.options.seconds
    while True:
        moved = moving.note_numbers(await demo.numbers(), time.time_ns() // 1_000_000)
        history = await site.history(after=moving.last_event)
        moving.note_history(history)
        arrived = arrived or await _arrives(site)
        now = time.monotonic()
        yield moved, min(now, ends) - began
        if paused and (moving.is_level or now > ends + LEVEL_SECONDS):
            return
        if not paused and (history.over or now >= ends or demo.ended.is_set()):
            await site.pause()
            paused, ends = True, now
        await asyncio.sleep(LOOK_SECONDS)


async def _arrives(site: Site) -> bool:
    """Tell whether a webhook arrived; CannotStart where none can."""
    told = await site.deliveries()
    if told.counted.get("no answer") and not told.taken:
        raise CannotStart(
            "the stand-in for Jira Cloud cannot reach the gateway: stop the stand-in, and the demo "
            "starts one that trusts the gateway's certificate (--hook-ca)"
        )
    return told.taken > 0


@contextmanager
def _ended_by_ctrl_c(ended: asyncio.Event) -> Iterator[None]:
    """Let Ctrl-C set `ended` until the block is left, and be what it was before from then on."""
    loop, before = asyncio.get_running_loop(), signal.getsignal(signal.SIGINT)
    loop.add_signal_handler(signal.SIGINT, ended.set)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGINT)
        signal.signal(signal.SIGINT, before)
