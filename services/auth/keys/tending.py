"""What each process does about the keys every few seconds; what is done already is not redone."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, Protocol

import structlog

from services.auth.domain.key_schedule import KeyState, Rule, next_rotation, state_of
from services.auth.domain.sealed_key import SealedKey
from services.chassis.stopping import beside
from services.kernel.audit import OPERATORS, Actor
from services.kernel.ids import Instant, UserId

# Who rotates where nobody asked for it, in no workspace.
SCHEDULE: Final = Actor(UserId("svc_auth"), OPERATORS)
logger = structlog.get_logger()


class Keys(Protocol):
    """Keeps signing keys."""

    async def all(self) -> list[SealedKey]:
        """Give all keys, the newest last."""

    async def forget(self, generation: int) -> None:
        """Delete what is secret of a key."""


@dataclass(frozen=True, slots=True)
class Tending:
    """The steps, with what they need."""

    keys: Keys
    rotate: Callable[[Actor], Awaitable[object]]
    rule: Rule
    clock: Callable[[], Instant]

    async def __call__(self) -> None:
        """Make the first key, or the next one where it is time; forget those that are gone."""
        kept = await self.keys.all()
        if not kept or self.clock() >= next_rotation(kept, self.rule):
            await self.rotate(SCHEDULE)
        if not kept:
            return
        states = state_of(kept, now=self.clock())
        for key in kept:
            if key.sealed and states[key.key_id] is KeyState.GONE:
                await self.keys.forget(key.generation)


async def _keep(steps: Callable[[], Awaitable[None]], seconds: float) -> None:
    while True:
        await asyncio.sleep(seconds)
        try:
            await steps()
        except Exception as failed:  # noqa: BLE001 - what was read stays; readiness tells
            logger.warning("the signing keys cannot be tended", error=type(failed).__name__)


@asynccontextmanager
async def repeated(steps: Callable[[], Awaitable[None]], seconds: float) -> AsyncIterator[None]:
    """Take the steps now, failing where they do, and then every so many seconds until left."""
    await steps()
    async with beside(_keep(steps, seconds)):
        yield
