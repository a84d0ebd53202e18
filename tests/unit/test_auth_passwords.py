"""bcrypt on its threads: what is kept, what matches, what it costs, and when it is refused."""

import asyncio
from collections.abc import Iterator

import bcrypt
import pytest

from services.auth.accounts.passwords import Passwords, cost_of
from services.auth.domain.account import PasswordHash
from services.auth.settings import PasswordSettings
from services.kernel.errors import Overloaded

CHEAP = PasswordSettings(cost=4, threads=1, waiting=2)


@pytest.fixture
def passwords() -> Iterator[Passwords]:
    with Passwords(CHEAP) as running:
        yield running


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Note every hash that a password is held against."""
    held: list[bytes] = []
    original = bcrypt.checkpw

    def noted(password: bytes, hashed: bytes) -> bool:
        held.append(hashed)
        return original(password, hashed)

    monkeypatch.setattr(bcrypt, "checkpw", noted)
    return held


@pytest.mark.parametrize("password", ["x", "x" * 72, "🔑" * 18, "with\x00nul", "with"])
async def test_a_password_matches_itself(passwords: Passwords, password: str) -> None:
    """What was hashed matches, is tagged with its scheme, and nothing near it matches."""
    kept = await passwords.hash(password)
    assert kept.scheme == "bcrypt"
    assert kept.text.startswith("$2b$04$")
    assert await passwords.matches(password, kept)
    assert not await passwords.matches(password + "y", kept)
    assert not await passwords.matches(password[:-1], kept)


async def test_what_follows_a_nul_counts(passwords: Passwords) -> None:
    """Two passwords that differ after a NUL are two."""
    kept = await passwords.hash("same\x00one")
    assert not await passwords.matches("same\x00two", kept)
    assert not await passwords.matches("same", kept)


async def test_what_follows_72_bytes_is_no_part_of_any_password(passwords: Passwords) -> None:
    """A longer password is not cut to one that matches, nor does it fail otherwise."""
    kept = await passwords.hash("x" * 72)
    assert not await passwords.matches("x" * 73, kept)
    assert not await passwords.matches("x" * 4_000_000, kept)


@pytest.mark.parametrize("cost", [4, 5])
async def test_every_answer_costs_one_bcrypt(checks: list[bytes], cost: int) -> None:
    """No account, a wrong and a too long password and an unknown scheme cost what a match costs."""
    with Passwords(PasswordSettings(cost=cost, threads=1)) as passwords:
        kept = await passwords.hash("right")
        cases = [
            ("right", kept, True),
            ("wrong", kept, False),
            ("x" * 73, kept, False),
            ("right", None, False),
            ("no account has this password", None, False),
            ("right", PasswordHash("rot13", "evtug"), False),
        ]
        for password, against, expected in cases:
            checks.clear()
            assert await passwords.matches(password, against) is expected
            assert [hashed[:7] for hashed in checks] == [b"$2b$%02d$" % cost]


async def occupied(passwords: Passwords, gate: asyncio.Event) -> None:
    async with passwords.place():
        await gate.wait()


async def test_beyond_the_queue_work_is_refused(passwords: Passwords) -> None:
    """One thread and two to wait: the fourth is told so at once, and has a place later."""
    gate = asyncio.Event()
    held = [asyncio.create_task(occupied(passwords, gate)) for _ in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(Overloaded):
        async with passwords.place():
            pass
    gate.set()
    await asyncio.gather(*held)
    async with passwords.place():
        assert not await passwords.matches("x", None)


async def test_who_has_a_place_waits_in_it_for_a_turn() -> None:
    """Of six in six places two come to read anything: one whose password is hashed, and the next.

    The others' reads wait: a flood reaches the store as slowly as the threads work.
    """
    with Passwords(PasswordSettings(cost=4, threads=1, waiting=5)) as passwords:
        gate, reading, most = asyncio.Event(), 0, 0

        async def log_in() -> None:
            nonlocal reading, most
            async with passwords.place():
                reading += 1
                most = max(most, reading)
                await gate.wait()
                reading -= 1

        asked = [asyncio.create_task(log_in()) for _ in range(6)]
        for _ in range(20):
            await asyncio.sleep(0)
        assert reading == 2
        gate.set()
        await asyncio.gather(*asked)
        assert most == 2


async def test_who_leaves_gives_the_place_back(passwords: Passwords, checks: list[bytes]) -> None:
    """Callers who hang up while waiting hold no place, and most of them cost no bcrypt."""

    async def ask() -> bool:
        async with passwords.place():
            return await passwords.matches("x", None)

    for _ in range(20):
        asked = [asyncio.create_task(ask()) for _ in range(3)]
        await asyncio.sleep(0)
        for one in asked:
            one.cancel()
        outcomes = await asyncio.gather(*asked, return_exceptions=True)
        assert all(isinstance(outcome, asyncio.CancelledError) for outcome in outcomes)
    assert not await ask()
    assert len(checks) <= 21


async def test_the_loop_goes_on_while_passwords_are_hashed() -> None:
    """While a real bcrypt runs, the loop turns many times."""
    with Passwords(PasswordSettings(cost=10, threads=1)) as passwords:
        hashing = asyncio.create_task(passwords.hash("x"))
        turns = 0
        while not hashing.done() and turns < 10_000:
            await asyncio.sleep(0.001)
            turns += 1
    assert turns > 5


async def test_a_cheaper_hash_says_no_as_slowly_as_any(monkeypatch: pytest.MonkeyPatch) -> None:
    """Costs double: what was kept at cost 4 is padded with 4, 5 and 6 to what 7 costs."""
    with Passwords(CHEAP) as cheap:
        kept = await cheap.hash("right")
    spent: list[int] = []
    original = bcrypt.hashpw

    def noted(password: bytes, salt: bytes) -> bytes:
        spent.append(cost_of(salt))
        return original(password, salt)

    with Passwords(PasswordSettings(cost=7, threads=1)) as dearer:
        monkeypatch.setattr(bcrypt, "hashpw", noted)
        assert not await dearer.matches("wrong", kept)
        assert [cost_of(kept.text.encode()), *spent] == [4, 4, 5, 6]
        spent.clear()
        assert await dearer.matches("right", kept)
        assert not await dearer.matches("wrong", None)
        assert spent == []
