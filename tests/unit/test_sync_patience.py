"""Who stops waits for no site, whatever the site's library does with that."""

import asyncio

import pytest

from services.sync.patience import HandBack, Patience
from services.sync.store.claims import Hold
from tests.contract.run_store import connection_named

SECONDS = 5.0  # far longer than it takes, and far shorter than what is waited for


class Held:
    """Says that a connection is held, whosever it is."""

    async def check(self, hold: Hold) -> None:
        """Let it go on."""


async def deaf(times: int, begun: asyncio.Event) -> None:
    """Read a site that says nothing, and swallow so many cancellations."""
    for _ in range(times):
        begun.set()
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            continue
    await asyncio.sleep(3600)


@pytest.mark.parametrize("times", [1, 3])
async def test_a_cancellation_that_is_swallowed_is_made_again(times: int) -> None:
    """Or a worker that is told to stop would wait for the site until it is killed."""
    stopping, begun = asyncio.Event(), asyncio.Event()
    waiting = asyncio.create_task(
        Patience(stopping, Held())(Hold(connection_named("1"), epoch=1), deaf(times, begun))
    )
    await begun.wait()
    stopping.set()
    done, _ = await asyncio.wait({waiting}, timeout=SECONDS)
    while not waiting.done():
        waiting.cancel()
        await asyncio.sleep(0)
    assert done, "it waits for the site"
    with pytest.raises(HandBack):
        await waiting
