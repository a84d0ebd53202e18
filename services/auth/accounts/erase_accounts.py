"""Erasing accounts whose grace is over, here and in the other services.

Every process looks for them; one holds an erasure at a time. Each step may be done again, so that
whoever comes after one that was killed goes on where it was.
"""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

import structlog

from services.auth.domain.email import Email
from services.auth.domain.erasure import TOKENS_END_MILLISECONDS, Closed, Erasure, Superseded
from services.auth.sessions.telling import Tell
from services.kernel.errors import ProductError
from services.kernel.ids import Instant, WorkspaceId
from services.kernel.revocation import Revocation

# What one round does at most.
AT_ONCE: Final = 20
logger = structlog.get_logger()


class Erasures(Protocol):
    """Erases accounts, step by step; Superseded where another holds the erasure."""

    async def claim(self, *, now: Instant, until: Instant) -> Erasure | None:
        """Take up an account whose grace is over and that nobody holds."""

    async def hold(self, erasure: Erasure, *, until: Instant) -> Erasure:
        """Hold an erasure for longer."""

    async def workspaces(self, erasure: Erasure) -> list[WorkspaceId]:
        """List the workspaces that the person is still a member of."""

    async def close(
        self, erasure: Erasure, workspace_id: WorkspaceId, *, now: Instant
    ) -> Closed | None:
        """End a workspace's keys and invitations; None where others are in it."""

    async def remove(self, erasure: Erasure, workspace_id: WorkspaceId, *, now: Instant) -> None:
        """Delete a workspace of which nothing else is left, with its only member."""

    async def leave(
        self, erasure: Erasure, workspace_id: WorkspaceId, *, now: Instant
    ) -> Revocation | None:
        """Take the person out of a workspace that others are in."""

    async def finish(self, erasure: Erasure, *, now: Instant) -> None:
        """Delete all that is left, the account last."""


class Elsewhere(Protocol):
    """What the other services hold; ServiceUnavailable where one does not answer."""

    async def erase_workspace(self, workspace_id: WorkspaceId) -> None:
        """Erase everything of a workspace."""

    async def erase_person(self, workspace_id: WorkspaceId, email: Email) -> None:
        """Erase what is kept under a person's address in a workspace."""


@dataclass(frozen=True, slots=True)
class EraseAccounts:
    """The use case, with what it needs."""

    erasures: Erasures
    elsewhere: Elsewhere
    clock: Callable[[], Instant]
    tell: Tell
    lease_milliseconds: int

    async def __call__(self) -> int:
        """Erase what is due, some accounts at most; gives how many are erased."""
        erased = 0
        for _ in range(AT_ONCE):
            erasure = await self.erasures.claim(now=self.clock(), until=self._lease())
            if erasure is None:
                break
            erased += await self._tried(erasure)
        return erased

    async def _tried(self, erasure: Erasure) -> bool:
        """Erase an account as far as can be; what is left is for whoever holds it next."""
        try:
            return await self._erase(erasure)
        except (ProductError, Superseded) as problem:
            logger.warning(
                "an erasure has to wait", user_id=erasure.user_id, problem=type(problem).__name__
            )
            return False

    async def _erase(self, erasure: Erasure) -> bool:
        workspaces, put_off = await self.erasures.workspaces(erasure), False
        for workspace_id in workspaces:
            closed = await self.erasures.close(erasure, workspace_id, now=self.clock())
            if closed is not None:
                await self.tell(*closed.revocations)
                put_off = put_off or closed.keys_ended
        if put_off:
            await self.erasures.hold(erasure, until=self.clock() + TOKENS_END_MILLISECONDS)
            return False
        for workspace_id in workspaces:
            erasure = await self.erasures.hold(erasure, until=self._lease())
            await self._erase_in(erasure, workspace_id)
        await self.erasures.finish(erasure, now=self.clock())
        logger.info("an account was erased", user_id=erasure.user_id)
        return True

    async def _erase_in(self, erasure: Erasure, workspace_id: WorkspaceId) -> None:
        """Erase a workspace that was the person's alone; leave any other without their address."""
        if await self.erasures.close(erasure, workspace_id, now=self.clock()) is not None:
            await self.elsewhere.erase_workspace(workspace_id)
            await self.erasures.remove(erasure, workspace_id, now=self.clock())
            return
        await self.elsewhere.erase_person(workspace_id, erasure.email)
        revocation = await self.erasures.leave(erasure, workspace_id, now=self.clock())
        if revocation is not None:
            await self.tell(revocation)

    def _lease(self) -> Instant:
        return self.clock() + self.lease_milliseconds


async def keep_erasing(erase: EraseAccounts, every_seconds: float) -> None:
    """Erase what is due again and again, a little sooner or later than other processes do."""
    while True:
        try:
            await erase()
        except Exception as problem:  # noqa: BLE001 - whatever it is, the next round must come
            logger.warning("nothing can be erased", problem=f"{type(problem).__name__}: {problem}")
        await asyncio.sleep(every_seconds * random.uniform(0.8, 1.2))
