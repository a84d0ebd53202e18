"""The store of runs over a real server, and the one in memory that unit tests use."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from pydantic import SecretStr

from services.chassis import mongo
from services.chassis.settings import Mongo
from services.kernel.connection import ConnectionState
from services.kernel.documents import (
    CONNECTION_STATES,
    ISSUES,
    issue_of_document,
    state_of_document,
)
from services.kernel.ids import IssueId
from services.kernel.issue import Issue
from services.kernel.sync_job import SyncJob
from services.sync.store.connections import Connection, ConnectionStore
from services.sync.store.database import CONNECTIONS, JOBS
from services.sync.store.jobs import document_of, job_of
from services.sync.store.runs import RunStore
from tests.contract.run_endings import RunEndingsSuite
from tests.contract.run_fences import RunFencesSuite
from tests.contract.run_store import Subject
from tests.fakes.runs_in_memory import RunsInMemory


class RunsInMongo(RunStore):
    """The real store, and what the suite puts in and looks at."""

    async def add(self, connection: Connection, *jobs: SyncJob) -> None:
        await ConnectionStore(self._database).add(connection)
        ids = [job.job_id for job in jobs]
        for job in jobs:
            await self._database[JOBS].insert_one(document_of(job))
        active, behind = [*ids, None, None][:2]
        await self._database[CONNECTIONS].update_one(
            {"_id": connection.connection_id},
            {"$set": {"active_job": active, "next_job": behind}},
        )

    async def delete(self, connection: Connection) -> None:
        await ConnectionStore(self._database).forget(connection)

    async def issues(self, connection: Connection) -> dict[IssueId, tuple[Issue, int]]:
        found = self._database[ISSUES].find({"connection_id": connection.connection_id})
        issues = [(issue_of_document(document), document["seq"]) async for document in found]
        return {issue.issue_id: (issue, seq) for issue, seq in issues}

    async def state(self, connection: Connection) -> ConnectionState:
        key = {"_id": connection.connection_id}
        document = await self._database[CONNECTION_STATES].find_one(key)
        assert document is not None
        return state_of_document(document)

    async def job(self, job: SyncJob) -> SyncJob:
        document = await self._database[JOBS].find_one({"_id": job.job_id})
        assert document is not None
        return job_of(document)


class TestRunStoreOverMongo(RunFencesSuite, RunEndingsSuite):
    """The store that runs in production."""

    @pytest_asyncio.fixture
    async def store(self, mongo_url: str, mongo_database: str) -> AsyncIterator[Subject]:
        """Give an empty store."""
        settings = Mongo(url=SecretStr(mongo_url), database=mongo_database)
        async with mongo.connect(settings) as database:
            yield RunsInMongo(database)


class TestRunsInMemory(RunFencesSuite, RunEndingsSuite):
    """The fake."""

    @pytest.fixture
    def store(self) -> Subject:
        """Give an empty store."""
        return RunsInMemory()
