"""Service tokens as a caller holds them: asked for once, renewed early, outliving an outage."""

import asyncio

import pytest

from services.chassis.service_tokens import (
    FIRST_PAUSE_MILLISECONDS,
    LONGEST_PAUSE_MILLISECONDS,
    Issued,
    ServiceTokens,
)
from services.kernel.errors import ServiceUnavailable
from tests.unit.token_forge import Clock

LIVES_SECONDS = 600


class Issuer:
    """Auth, as it gives tokens: counted, away where a test says so, slow until it is let."""

    def __init__(self) -> None:
        self.asked = 0
        self.away = False
        self.let = asyncio.Event()
        self.let.set()

    async def __call__(self) -> Issued:
        self.asked += 1
        await self.let.wait()
        if self.away:
            raise ServiceUnavailable
        return Issued(f"token-{self.asked}", LIVES_SECONDS)


def tokens(issuer: Issuer, clock: Clock) -> ServiceTokens:
    return ServiceTokens(issuer, clock, jitter=lambda: 1.0)


async def test_a_token_is_asked_for_once_by_all_who_wait() -> None:
    """A hundred callers make one call, and one that gives up takes it from nobody."""
    issuer, clock = Issuer(), Clock()
    issuer.let.clear()
    held = tokens(issuer, clock)
    waiting = [asyncio.create_task(held.token()) for _ in range(100)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    issuer.let.set()
    given = await asyncio.gather(*waiting[1:])
    assert set(given) == {"token-1"}
    assert issuer.asked == 1


async def test_it_is_renewed_when_half_used_up() -> None:
    """Before that nobody is asked."""
    issuer, clock = Issuer(), Clock()
    held = tokens(issuer, clock)
    assert await held.token() == "token-1"
    clock.seconds += LIVES_SECONDS / 2 - 1
    assert await held.token() == "token-1"
    clock.seconds += 1
    assert await held.token() == "token-2"
    assert issuer.asked == 2


async def test_while_auth_is_away_the_last_token_goes_on() -> None:
    """Until it expires; then, and not before, callers hear of it."""
    issuer, clock = Issuer(), Clock()
    held = tokens(issuer, clock)
    await held.token()
    issuer.away = True
    clock.seconds += LIVES_SECONDS - 1
    assert await held.token() == "token-1"
    clock.seconds += 1
    with pytest.raises(ServiceUnavailable):
        await held.token()


async def test_whoever_is_away_is_not_hammered() -> None:
    """After a failure nobody asks for a while, twice as long each time, some seconds at most."""
    issuer, clock = Issuer(), Clock()
    issuer.away = True
    held = tokens(issuer, clock)
    pauses = []
    for number in range(1, 10):
        began = clock()
        while issuer.asked < number:
            with pytest.raises(ServiceUnavailable):
                await held.token()
            clock.seconds += 0.01
        pauses.append(clock() - began)
    assert pauses[1] >= FIRST_PAUSE_MILLISECONDS
    assert pauses[4] >= 4 * pauses[2] * 0.9
    assert LONGEST_PAUSE_MILLISECONDS <= pauses[-1] <= LONGEST_PAUSE_MILLISECONDS + 100
    issuer.away = False
    clock.seconds += LONGEST_PAUSE_MILLISECONDS / 1000
    assert await held.token() == f"token-{issuer.asked}"


async def test_a_token_that_was_refused_is_not_given_again() -> None:
    """The one who was refused drops it; that somebody drops an older one changes nothing."""
    issuer, clock = Issuer(), Clock()
    held = tokens(issuer, clock)
    first = await held.token()
    held.drop(first)
    assert await held.token() == "token-2"
    held.drop(first)
    assert await held.token() == "token-2"
