"""Listing dead letters, and starting again what they are about."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from services.chassis.clock import Clock
from services.kernel.audit import Actor, AuditEvent, event
from services.kernel.errors import ConnectionNeedsCredentials, NotFound
from services.kernel.ids import ConnectionId, Instant, WorkspaceId
from services.kernel.sync_job import Failure, SyncJob
from services.sync.domain.dead_letter import DeadLetter, Sought
from services.sync.jobs import Find
from services.sync.store.dead_letters import Replayed

REPLAYED_AT_ONCE: Final = 100
# A place in a list, the latest first: when a letter was written, and its id.
Before = tuple[Instant, str]


class Store(Protocol):
    """Keeps dead letters; see DeadLetterStore."""

    async def page(
        self,
        workspace_id: WorkspaceId,
        sought: Sought,
        *,
        before: Before | None,
        size: int,
        now: Instant,
    ) -> Sequence[DeadLetter]:
        """List a workspace's letters, the latest first."""

    async def some(self, workspace_id: WorkspaceId, ids: Sequence[str]) -> Sequence[DeadLetter]:
        """Find a workspace's letters by their ids, the latest first."""

    async def replay(self, letter: DeadLetter, told: AuditEvent, now: Instant) -> Replayed:
        """Start again what a letter is about, once."""


class Enqueue(Protocol):
    """Sets jobs going; see Jobs."""

    async def enqueue(self, connection_id: ConnectionId, workspace_id: WorkspaceId) -> None:
        """Put a connection of a workspace that has a job into the queue."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which letters somebody asks for: of a connection by id or name, with a reason; or any."""

    reference: str
    sought: Sought


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a letter that was replayed: its job, or why it has none."""

    letter: DeadLetter
    job: SyncJob | None = None
    started: bool = False
    failure: Failure | None = None


class DeadLetters:
    """What may be done with a workspace's dead letters."""

    def __init__(self, store: Store, connections: Find, jobs: Enqueue, clock: Clock) -> None:
        self._store = store
        self._connections = connections
        self._jobs = jobs
        self._clock = clock

    async def page(
        self, workspace_id: WorkspaceId, wanted: Filter, *, before: Before | None, size: int
    ) -> Sequence[DeadLetter]:
        """List letters, the latest first."""
        sought = wanted.sought
        if wanted.reference:
            found = await self._connections.named(workspace_id, wanted.reference)
            sought = replace(sought, connection_id=found.connection_id)
        now = self._clock()
        return await self._store.page(workspace_id, sought, before=before, size=size, now=now)

    async def replay(self, actor: Actor, ids: Sequence[str]) -> list[Outcome]:
        """Replay these letters; NotFound, and none is, where one of them is not the workspace's."""
        letters = await self._store.some(actor.workspace_id, ids)
        if len(letters) < len(set(ids)):
            raise NotFound("dead letter")
        return [await self._replay(actor, letter) for letter in letters]

    async def replay_found(
        self, actor: Actor, wanted: Filter, before: Before | None
    ) -> tuple[list[Outcome], bool]:
        """Replay what a filter finds, a hundred letters; gives whether there may be more."""
        unreplayed = replace(wanted, sought=replace(wanted.sought, unreplayed=True))
        letters = await self.page(
            actor.workspace_id, unreplayed, before=before, size=REPLAYED_AT_ONCE
        )
        outcomes = [await self._replay(actor, letter) for letter in letters]
        return outcomes, len(letters) == REPLAYED_AT_ONCE

    async def _replay(self, actor: Actor, letter: DeadLetter) -> Outcome:
        now = self._clock()
        told = event(
            actor, "dead_letter.replay", now=now, target_id=letter.letter_id, job=letter.job_id
        )
        try:
            replayed = await self._store.replay(letter, told, now)
        except (ConnectionNeedsCredentials, NotFound) as refused:
            # One whose connection was deleted just now is no reason to leave the others.
            return Outcome(letter, failure=Failure(refused.reason, refused.message))
        if not replayed.job.state.final:
            await self._jobs.enqueue(letter.connection_id, actor.workspace_id)
        return Outcome(letter, replayed.job, replayed.started)
