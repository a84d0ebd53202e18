"""bcrypt on its threads: what is kept, what matches, what it costs, and when it is refused."""

import asyncio
import threading
from collections.abc import Callable, Iterator

import bcrypt
import pytest

from services.auth.domain.account import PasswordHash
from services.auth.passwords import Passwords
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


def held_up(passwords: Passwords, gate: threading.Event) -> Callable[[], asyncio.Task[bool]]:
    """Make work that occupies the thread until the gate opens."""

    def start() -> asyncio.Task[bool]:
        return asyncio.create_task(passwords._run(lambda: gate.wait(10)))  # noqa: SLF001 - bcrypt itself cannot be held up

    return start


async def test_beyond_the_queue_work_is_refused(passwords: Passwords) -> None:
    """One thread and two places to wait: the fourth is told so at once, the three are served."""
    gate = threading.Event()
    start = held_up(passwords, gate)
    served = [start() for _ in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(Overloaded):
        await passwords.matches("x", None)
    with pytest.raises(Overloaded):
        await passwords.hash("x")
    gate.set()
    assert await asyncio.gather(*served) == [True] * 3
    assert not await passwords.matches("x", None)


async def test_who_leaves_the_queue_gives_the_place_back(passwords: Passwords) -> None:
    """A caller who hangs up while waiting holds no place and costs no bcrypt."""
    gate = threading.Event()
    start = held_up(passwords, gate)
    first = start()
    await asyncio.sleep(0)
    for _ in range(20):
        left = asyncio.create_task(passwords.matches("x", None))
        await asyncio.sleep(0)
        left.cancel()
        with pytest.raises(asyncio.CancelledError):
            await left
    gate.set()
    assert await first
    assert not await passwords.matches("x", None)


async def test_the_loop_goes_on_while_passwords_are_hashed() -> None:
    """While a real bcrypt runs, the loop turns many times."""
    with Passwords(PasswordSettings(cost=10, threads=1)) as passwords:
        hashing = asyncio.create_task(passwords.hash("x"))
        turns = 0
        while not hashing.done() and turns < 10_000:
            await asyncio.sleep(0.001)
            turns += 1
    assert turns > 5
