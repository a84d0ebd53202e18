"""A store that a run writes through, with what tests put in and look at."""

from typing import Protocol

from services.kernel.connection import ConnectionState
from services.kernel.ids import IssueId
from services.kernel.issue import Issue
from services.kernel.sync_job import SyncJob
from services.sync.domain.completeness import Count
from services.sync.ports import Runs, Vanished
from services.sync.store.connections import Connection


class Subject(Runs, Vanished, Protocol):
    """A store, and what tests put in and look at."""

    async def add(self, connection: Connection, *jobs: SyncJob) -> None:
        """Add a connection with its present job, and the one that waits behind it."""

    async def delete(self, connection: Connection) -> None:
        """Delete a connection."""

    async def issues(self, connection: Connection) -> dict[IssueId, tuple[Issue, int]]:
        """Give the issues of a connection, each with its seq."""

    async def state(self, connection: Connection) -> ConnectionState:
        """Give a connection's state."""

    async def counted(self, connection: Connection) -> Count:
        """Give what was counted of a connection."""

    async def job(self, job: SyncJob) -> SyncJob:
        """Give a job as it is now."""
