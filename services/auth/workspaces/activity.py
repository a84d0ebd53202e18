"""Noting in which workspaces somebody is: whenever a token is given out, and not too often."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, Protocol

from services.auth.domain.claims import Claims
from services.auth.sessions.granting import Signer
from services.chassis.stopping import repeating
from services.kernel.ids import Instant, WorkspaceId
from services.kernel.membership import Tier

# A workspace is written to no more often than this by one process.
EVERY_MILLISECONDS: Final = 3 * 60 * 1000
KEEP_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class ActiveWorkspace:
    """A workspace, and when somebody was last given a token for it."""

    workspace_id: WorkspaceId
    tier: Tier
    active: Instant


class Kept(Protocol):
    """Keeps when workspaces were active; see ActivityStore."""

    async def note(self, workspace_id: WorkspaceId, active: Instant) -> None:
        """Note that a workspace was active, unless it was later than that."""

    async def since(self, instant: Instant, most: int) -> Sequence[ActiveWorkspace]:
        """List workspaces that were active from an instant on, the longest ago first."""


class Activity:
    """What this process has seen and not written down yet; who signs in does not wait for that.

    What is lost with a process is seen again when its tokens are refreshed, within a quarter of
    an hour.
    """

    def __init__(
        self, keep: Callable[[WorkspaceId, Instant], Awaitable[None]], clock: Callable[[], Instant]
    ) -> None:
        self._keep = keep
        self._clock = clock
        self._seen: dict[WorkspaceId, Instant] = {}
        self._waiting: dict[WorkspaceId, Instant] = {}

    def note(self, workspace_id: WorkspaceId, *, at_once: bool = False) -> None:
        """Note that somebody is there; `at_once`, also where that was noted just now."""
        now = self._clock()
        if at_once or now - self._seen.get(workspace_id, 0) >= EVERY_MILLISECONDS:
            self._seen[workspace_id] = self._waiting[workspace_id] = now

    async def keep(self) -> None:
        """Write down what was seen."""
        for workspace_id, active in list(self._waiting.items()):
            await self._keep(workspace_id, active)
            if self._waiting.get(workspace_id) == active:
                del self._waiting[workspace_id]
        old = self._clock() - EVERY_MILLISECONDS
        self._seen = {each: seen for each, seen in self._seen.items() if seen > old}

    @asynccontextmanager
    async def going_on(self) -> AsyncIterator[None]:
        """Write down what is seen, every few seconds, until left."""
        async with repeating(
            self.keep, every_seconds=KEEP_SECONDS, trouble="could not note who is active"
        ):
            yield


@dataclass(frozen=True, slots=True)
class NotingSigner:
    """Signs access tokens, and notes for which workspace."""

    signer: Signer
    activity: Activity

    def sign(self, claims: Claims) -> str:
        """Sign claims with the key that signs now."""
        signed = self.signer.sign(claims)
        self.activity.note(WorkspaceId(str(claims["wid"])))
        return signed


@dataclass(frozen=True, slots=True)
class ListActiveWorkspaces:
    """Telling other services who is there: they do more for those."""

    kept: Kept

    async def __call__(self, since: Instant, most: int) -> Sequence[ActiveWorkspace]:
        """List workspaces that were active from an instant on, the longest ago first."""
        return await self.kept.since(since, most)
