"""How a process keeps what was revoked: by readings, by news, and through outages."""

import asyncio
import json
import time
from collections.abc import Sequence

import pytest

from services.chassis.revocation_feed import (
    OVERLAP_MILLISECONDS,
    WHOLE_EVERY,
    Pace,
    RevocationFeed,
    feeding,
)
from services.chassis.revocation_news import revocations_of
from services.chassis.revocations import REMEMBERED_MILLISECONDS, Revocations
from services.chassis.tokens import TokenVerifier, caller_of
from services.kernel.errors import ServiceUnavailable, TokenStale
from services.kernel.ids import Instant
from services.kernel.revocation import Revocation
from tests.unit.token_forge import CLAIMS, NOW, Clock, OneKey, token

PATIENCE_SECONDS = 10.0
CALLER = caller_of(CLAIMS)


class Truth:
    """What auth would list; away where a test says so."""

    def __init__(self) -> None:
        self.revoked: list[Revocation] = []
        self.asked: list[Instant] = []
        self.away: Exception | None = None

    async def since(self, instant: Instant) -> Sequence[Revocation]:
        self.asked.append(instant)
        if self.away is not None:
            raise self.away
        return [one for one in self.revoked if one.revoked >= instant]


class Fed:
    """A feed and all that is around it."""

    def __init__(self, every: float = 0.01) -> None:
        self.clock = Clock()
        self.truth = Truth()
        self.known = Revocations(self.clock)
        pace = Pace(every=every, after_failure=0.01)
        self.feed = RevocationFeed(self.known, self.truth.since, self.clock, pace=pace)

    def revoke(self, subject: str = "ses_1", *, ago: int = 0) -> None:
        self.truth.revoked.append(Revocation(subject, 1, self.clock() - ago))

    def stale(self) -> bool:
        try:
            self.known.check(CALLER)
        except TokenStale:
            return True
        return False

    async def until(self, what: str, count: int = 1) -> None:
        """Wait until the token is stale, or so many readings were made."""
        ends = time.monotonic() + PATIENCE_SECONDS
        while not (self.stale() if what == "stale" else len(self.truth.asked) >= count):
            assert time.monotonic() < ends, "this did not happen"
            await asyncio.sleep(0.005)


@pytest.mark.parametrize("subject", ["ses_1", "usr_1", "wsp_1", "wsp_1:usr_1"])
async def test_each_subject_of_a_token_can_end_it(subject: str) -> None:
    """A session, an account, a workspace and a membership; nothing else's does."""
    fed = Fed()
    fed.revoke("ses_2")
    await fed.feed.read()
    assert not fed.stale()
    fed.revoke(subject)
    await fed.feed.read()
    assert fed.stale()


async def test_a_token_that_was_verified_before_ends_as_well() -> None:
    """That a token is in the verifier's memory does not spare it the question."""
    fed = Fed()
    verifier = TokenVerifier(OneKey(), fed.clock, fed.known)
    assert await verifier.verify(token()) == CALLER
    fed.revoke()
    await fed.feed.read()
    with pytest.raises(TokenStale):
        await verifier.verify(token())


async def test_it_is_read_again_and_again() -> None:
    """What is revoked later is known after the next reading, without any news."""
    fed = Fed()
    async with feeding(fed.feed, None):
        assert not fed.stale()
        fed.revoke()
        await fed.until("stale")


async def test_the_first_reading_is_of_everything_that_counts() -> None:
    """Later ones begin before the last one did: transactions end after what they date."""
    fed = Fed()
    fed.revoke(ago=REMEMBERED_MILLISECONDS - 1)
    assert await fed.feed.read()
    assert fed.stale()
    assert fed.truth.asked == [fed.clock() - REMEMBERED_MILLISECONDS]
    began = fed.clock()
    fed.clock.seconds += 10
    assert await fed.feed.read()
    assert fed.truth.asked[-1] == began - OVERLAP_MILLISECONDS


async def test_now_and_then_everything_is_read() -> None:
    """Should somebody's clock be behind by more than the overlap."""
    fed = Fed()
    for _ in range(WHOLE_EVERY + 1):
        await fed.feed.read()
    whole = fed.clock() - REMEMBERED_MILLISECONDS
    assert [asked == whole for asked in fed.truth.asked].count(True) == 2


async def test_a_reading_that_failed_is_not_passed_over() -> None:
    """The next one goes back to where the last good one began."""
    fed = Fed()
    await fed.feed.read()
    began = fed.clock()
    fed.truth.away = ServiceUnavailable()
    fed.clock.seconds += 300
    assert not await fed.feed.read()
    fed.truth.away = None
    assert await fed.feed.read()
    assert fed.truth.asked[-1] == began - OVERLAP_MILLISECONDS


@pytest.mark.parametrize("away", [ServiceUnavailable(), TimeoutError(), RuntimeError("a fault")])
async def test_nothing_is_forgotten_while_nothing_can_be_read(away: Exception) -> None:
    """However long, and whatever the trouble; readings go on."""
    fed = Fed()
    fed.revoke()
    async with feeding(fed.feed, None):
        await fed.until("stale")
        fed.truth.away = away
        fed.clock.seconds += 3600
        await fed.until("readings", len(fed.truth.asked) + 5)
        assert fed.stale()
        fed.truth.away = None
        await fed.until("readings", len(fed.truth.asked) + 2)
        assert len(fed.known) == 0


async def test_ready_once_it_was_read_and_never_unready_again() -> None:
    """Before the first reading a revoked token might be taken; later outages are lived with."""
    fed = Fed()
    fed.truth.away = ServiceUnavailable()
    async with feeding(fed.feed, None):
        await fed.until("readings", 3)
        with pytest.raises(RuntimeError):
            await fed.feed.check()
        fed.truth.away = None
        await fed.until("readings", len(fed.truth.asked) + 2)
        await fed.feed.check()
        fed.truth.away = ServiceUnavailable()
        await fed.until("readings", len(fed.truth.asked) + 2)
        await fed.feed.check()


async def test_news_are_noted_at_once_and_missed_ones_read() -> None:
    """Long before the next reading is due."""
    fed = Fed(every=3600)
    async with feeding(fed.feed, None):
        fed.feed.hear(json.dumps([["ses_1", 1, NOW * 1000]]).encode())
        assert fed.stale()
        readings = len(fed.truth.asked)
        fed.feed.missed()
        await fed.until("readings", readings + 1)


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"null", b"1", b'"x"', b"[1]", b'[["ses_1"]]', b'[["ses_1", "1", 0]]', b"\xff"],
)
def test_what_is_no_news_is_none(data: bytes) -> None:
    """Whatever else is on the channel changes nothing."""
    assert revocations_of(data) == []


def test_an_older_version_takes_nothing_back() -> None:
    """News may come late, and after a later reading."""
    fed = Fed()
    fed.known.note([Revocation("usr_1", 2, NOW * 1000)])
    fed.known.note([Revocation("usr_1", 0, NOW * 1000)])
    assert fed.stale()
