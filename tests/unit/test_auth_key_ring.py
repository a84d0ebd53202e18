"""The keys in each process: made once for all, signing in their time, gone in theirs (S8)."""

import asyncio
from dataclasses import replace

import pytest

from services.auth.domain.claims import access_claims
from services.auth.domain.key_schedule import HOLD_MILLISECONDS
from services.auth.domain.sealed_key import SealedKey
from services.auth.keys.ring import LEAST_INTERVAL_MILLISECONDS
from services.auth.keys.signing import KeyUnreadable
from services.auth.keys.tending import SCHEDULE, repeated
from services.chassis.jwks import keys_of
from services.chassis.revocations import Revocations
from services.chassis.tokens import TokenVerifier
from services.kernel.errors import StoreUnavailable, TokenInvalid
from tests.unit.auth_examples import NOW, membership
from tests.unit.auth_key_processes import POOL, RULE, SECOND, Clock, Process, Shelf, signer


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def process(clock: Clock) -> Process:
    return Process(Shelf(), clock)


async def test_of_two_first_starts_one_wins(clock: Clock) -> None:
    """Two processes that start at once on an empty store sign with one and the same key."""
    shelf = Shelf()
    both = [Process(shelf, clock), Process(shelf, clock)]
    await asyncio.gather(*(one.look() for one in both))
    assert len(shelf.kept) == 1
    sets = [keys_of(await one.ring.published()) for one in both]
    assert sets[0] == sets[1]
    assert [event.action for event in shelf.events] == ["key.rotate"]


async def test_a_second_start_makes_no_key(process: Process) -> None:
    """The key of the first start is used again, and is opened once in a process."""
    await process.look()
    await process.look()
    assert len(process.shelf.kept) == len(process.opened) == 1


async def test_the_schedule_rotates_once_for_all(clock: Clock) -> None:
    """When it is time, of ten processes that look at once one makes the key that all publish."""
    shelf = Shelf()
    processes = [Process(shelf, clock) for _ in range(10)]
    await asyncio.gather(*(one.look() for one in processes))
    clock.now += RULE.rotation - RULE.notice - 1
    await asyncio.gather(*(one.look() for one in processes))
    assert len(shelf.kept) == 1, "it is not time yet"
    clock.now += 1
    await asyncio.gather(*(one.look() for one in processes))
    assert len(shelf.kept) == 2
    assert [len(await one.published()) for one in processes] == [2] * 10
    assert {event.target_id for event in shelf.events} == {
        key.key_id for key in shelf.kept.values()
    }


async def test_a_key_signs_once_it_was_published_for_its_notice(process: Process) -> None:
    """The next key is published at once and signs after the notice; nobody tells the process."""
    await process.look()
    first = signer(process.token())
    await process.rotate(SCHEDULE)
    await process.ring.read()
    _, following = await process.published()
    process.clock.now += RULE.notice - 1
    assert signer(process.token()) == first
    process.clock.now += 1
    assert signer(process.token()) == following


async def test_the_time_that_making_a_key_takes_is_no_notice(process: Process) -> None:
    """A key's notice begins when it is kept, however long it was made."""
    await process.look()
    make = process.make

    def slowly() -> tuple[str, bytes]:
        process.clock.now += 60 * SECOND
        return make()

    began = process.clock.now
    await replace(process.rotate, make=slowly)(SCHEDULE)
    assert process.shelf.kept[2].signs == began + 60 * SECOND + RULE.notice


async def test_rotating_twice_makes_one_key(process: Process) -> None:
    """While a key waits for its time, rotating again changes nothing."""
    await process.look()
    for _ in range(3):
        assert len(await process.rotate(SCHEDULE)) == 2
    process.clock.now += RULE.notice
    assert len(await process.rotate(SCHEDULE)) == 3


async def test_a_retired_key_holds_until_it_is_gone(process: Process) -> None:
    """Its tokens hold for as long as they live; then it is not published and not known any more."""
    await process.look()
    verifying = TokenVerifier(process.ring, process.clock, Revocations(process.clock))
    await process.rotate(SCHEDULE)
    await process.ring.read()
    process.clock.now += RULE.notice - 1
    last = process.token()
    assert (await verifying.verify(last)).user_id == "usr_1"
    process.clock.now += 1 + 14 * 60 * SECOND
    assert (await verifying.verify(last)).user_id == "usr_1"
    assert len(await process.published()) == 2
    process.clock.now += HOLD_MILLISECONDS
    assert await process.published() == [signer(process.token())]
    assert process.ring.find(signer(last)) is None


async def test_a_gone_keys_token_is_refused_also_where_it_was_verified_before(
    process: Process,
) -> None:
    """A token that claims to live for a year ends with its key, although its hash is known."""
    await process.look()
    verifying = TokenVerifier(process.ring, process.clock, Revocations(process.clock))
    claims = access_claims(membership(), session_id="s", token_id="t", now=process.clock())
    year = {**claims, "exp": process.clock() // SECOND + 365 * 24 * 60 * 60}
    forged = process.ring.sign(year)
    assert (await verifying.verify(forged)).user_id == "usr_1"
    await process.rotate(SCHEDULE)
    await process.ring.read()
    process.clock.now += RULE.notice + HOLD_MILLISECONDS
    with pytest.raises(TokenInvalid):
        await verifying.verify(forged)


async def test_what_is_secret_of_a_gone_key_is_deleted(process: Process) -> None:
    """Once gone, its private part is deleted and its place stays taken; keys that sign have it."""
    await process.look()
    await process.rotate(SCHEDULE)
    process.clock.now += RULE.notice + HOLD_MILLISECONDS - 1
    await process.look()
    assert all(key.sealed for key in process.shelf.kept.values())
    process.clock.now += 1
    await process.look()
    first, second = process.shelf.kept.values()
    assert (first.sealed, second.sealed) == (b"", b"sealed")
    process.clock.now += 10 * LEAST_INTERVAL_MILLISECONDS
    await process.look()
    assert signer(process.token()) == second.key_id
    fresh = Process(process.shelf, process.clock)
    await fresh.look()
    assert fresh.opened == [second.key_id]


async def test_readiness_wants_a_key_that_signs_and_keys_read_not_long_ago(
    process: Process,
) -> None:
    """Ready after a reading; not after half a notice without one; ready again with the next."""
    await process.look()
    await process.ring.check()
    process.clock.now += RULE.notice // 2 + 1
    with pytest.raises(RuntimeError, match="could not be read"):
        await process.ring.check()
    await process.look()
    await process.ring.check()


async def test_unknown_key_ids_do_not_make_a_flood(process: Process) -> None:
    """However many tokens name an unknown key, the store is asked once in two seconds."""
    await process.look()
    process.shelf.away = True
    for _ in range(50):
        await process.ring.refresh()
    process.clock.now += LEAST_INTERVAL_MILLISECONDS
    with pytest.raises(StoreUnavailable):
        await process.ring.refresh()
    for _ in range(50):
        await process.ring.refresh()


async def test_keys_outlive_a_store_that_is_away(process: Process) -> None:
    """Looking goes on when it fails; what was read signs; a store that is back is read again."""
    async with repeated(process.look, 0.001):
        process.shelf.away = True
        await asyncio.sleep(0.02)
        assert process.token()
        process.shelf.away = False
        await process.rotate(SCHEDULE)
        async with asyncio.timeout(10):
            while len(await process.published()) < 2:  # noqa: ASYNC110 - no event tells of it
                await asyncio.sleep(0.001)


async def test_a_start_that_cannot_open_the_key_fails(process: Process) -> None:
    """No key is made in place of one that cannot be read: that would hide a mistake."""
    key = next(iter(POOL.values()))
    process.shelf.kept[1] = SealedKey(1, key.key_id, b"", created=NOW, signs=NOW)
    with pytest.raises(KeyUnreadable):
        async with repeated(process.look, 1):
            raise AssertionError("it began")
    assert len(process.shelf.kept) == 1
