"""Holds connections' states for seconds, so that a warm answer needs no look into the store."""

import asyncio
import hashlib
import json
from typing import Final, Protocol

from cachetools import TTLCache

from services.analytics.domain.question import Subject
from services.kernel.connection import ConnectionState
from services.kernel.ids import WorkspaceId
from services.kernel.workflow import Workflow

HOLD_SECONDS: Final = 5.0
WORKSPACES: Final = 100_000


class StateStore(Protocol):
    """Where connections' states are stored."""

    async def states_of(self, workspace_id: WorkspaceId) -> tuple[ConnectionState, ...]:
        """Read the states of a workspace's connections."""


class States:
    """The connections of workspaces, never older than HOLD_SECONDS, and read again after news."""

    def __init__(self, store: StateStore, *, hold_seconds: float = HOLD_SECONDS) -> None:
        self._store = store
        self._held: TTLCache[WorkspaceId, tuple[Subject, ...]] = TTLCache(WORKSPACES, hold_seconds)
        self._reading: dict[WorkspaceId, asyncio.Task[tuple[Subject, ...]]] = {}

    async def of_workspace(self, workspace_id: WorkspaceId, wanted: str) -> tuple[Subject, ...]:
        """Give the workspace's connections; read together by all who ask meanwhile.

        What was held is read again where it lacks what is wanted: no news tells of a connection
        that was made a moment ago.
        """
        held = self._held.get(workspace_id)
        if held is not None and any(subject.answers_to(wanted) for subject in held):
            return held
        reading = self._reading.get(workspace_id)
        if reading is None:
            reading = asyncio.create_task(self._read(workspace_id))
            self._reading[workspace_id] = reading
        return await asyncio.shield(reading)

    def forget(self, workspace_id: WorkspaceId) -> None:
        """Let the next who ask read again; a reading under way may have missed the news."""
        self._held.pop(workspace_id, None)
        self._reading.pop(workspace_id, None)

    def forget_all(self) -> None:
        """Let all read again: news may have been missed."""
        self._held.clear()
        self._reading.clear()

    async def _read(self, workspace_id: WorkspaceId) -> tuple[Subject, ...]:
        here = asyncio.current_task()
        try:
            states = await self._store.states_of(workspace_id)
            subjects = tuple(subject_of(state) for state in states)
            if self._reading.get(workspace_id) is here:
                self._held[workspace_id] = subjects
            return subjects
        finally:
            if self._reading.get(workspace_id) is here:
                del self._reading[workspace_id]


def subject_of(state: ConnectionState) -> Subject:
    """Make a connection's state askable."""
    listed = [
        (status.status_id, status.name, status.category.value)
        for status in sorted(state.statuses.values(), key=lambda status: status.status_id)
    ]
    digest = hashlib.blake2b(json.dumps(listed).encode(), digest_size=8)
    return Subject(state, Workflow(statuses=state.statuses), digest.hexdigest())
