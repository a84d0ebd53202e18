"""The store of runs over a real server, and the one in memory that unit tests use."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from typing import Any, TypeVar

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
from services.sync.domain.completeness import Count
from services.sync.store.claims import Claim
from services.sync.store.completeness import CompletenessStore
from services.sync.store.connections import Connection, ConnectionStore
from services.sync.store.database import CONNECTIONS, JOBS, Superseded
from services.sync.store.issues import IssueStore
from services.sync.store.job_documents import document_of, job_of
from services.sync.store.runs import RunStore
from services.sync.store.vanished import VanishedStore
from tests.contract.reads import gives
from tests.contract.run_endings import RunEndingsSuite
from tests.contract.run_fences import RunFencesSuite
from tests.contract.run_knowing import RunKnowingSuite
from tests.contract.run_quarantine import RunQuarantineSuite
from tests.contract.run_store import NOW, connection_named, swept
from tests.contract.run_store import job_of as run_job
from tests.contract.run_subject import Subject
from tests.contract.run_vanished import RunVanishedSuite
from tests.fakes.runs_in_memory import RunsInMemory
from tests.unit.analytics_histories import issue

# By how many milliseconds a page is ahead of who takes over, or behind.
LEADS = range(-4, 5)
T = TypeVar("T")


async def _after(milliseconds: int, work: Coroutine[Any, Any, T]) -> T:
    await asyncio.sleep(max(milliseconds, 0) / 1000)
    return await work


class RunsInMongo(RunStore, VanishedStore):
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

    async def counted(self, connection: Connection) -> Count:
        count = await CompletenessStore(self._database).count(connection.scope)
        assert count is not None
        return count

    async def job(self, job: SyncJob) -> SyncJob:
        document = await self._database[JOBS].find_one({"_id": job.job_id})
        assert document is not None
        return job_of(document)


class TestRunStoreOverMongo(
    RunFencesSuite, RunEndingsSuite, RunQuarantineSuite, RunKnowingSuite, RunVanishedSuite
):
    """The store that runs in production."""

    @pytest_asyncio.fixture
    async def store(self, mongo_url: str, mongo_database: str) -> AsyncIterator[Subject]:
        """Give an empty store."""
        settings = Mongo(url=SecretStr(mongo_url), database=mongo_database)
        async with mongo.connect(settings) as database:
            yield RunsInMongo(database)

    async def test_a_page_that_breaks_off(
        self, store: RunsInMongo, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A page is one transaction: where it ends halfway, its issues are not there either."""
        connection, job, claim = await self.begun(store, ["1"])
        [page] = await store.undone(claim, 10)
        before = await store.state(connection)
        write = IssueStore.write_newer

        async def breaks_off(*args: Any, **named: Any) -> tuple[int, int]:
            assert await write(*args, **named) == (1, 1)
            raise ZeroDivisionError

        monkeypatch.setattr(IssueStore, "write_newer", breaks_off)
        with pytest.raises(ZeroDivisionError):
            await store.write_page(claim, page, gives(issue(issue_id="1")), NOW)
        assert await store.issues(connection) == {}
        assert await store.state(connection) == before
        assert (await store.job(job)).issues_done == 0
        assert list(await store.undone(claim, 10)) == [page]

    async def test_taken_over_while_a_page_is_written(self, store: RunsInMongo) -> None:
        """Page and claim at once: the page is there whole or not at all, and after it nothing."""
        for lead in LEADS:
            connection = connection_named(f"r{lead}")
            job = run_job(connection, f"r{lead}")
            await store.add(connection, job)
            claim = await swept(store, connection, ["1", "2"])
            [page] = await store.undone(claim, 10)
            issues = [issue(issue_id="1"), issue(issue_id="2")]
            written, successor = await asyncio.gather(
                _after(-lead, store.write_page(claim, page, gives(*issues), NOW)),
                _after(lead, store.claim(connection.connection_id, NOW)),
                return_exceptions=True,
            )
            assert isinstance(successor, Claim)
            there = 0 if isinstance(written, Superseded) else written
            assert there in {0, 2}
            assert len(await store.issues(connection)) == there
            assert (await store.job(job)).issues_done == there
            assert (await store.state(connection)).issue_count == there
            assert list(await store.undone(successor, 10)) == ([] if there else [page])
            with pytest.raises(Superseded):
                await store.write_page(claim, page, gives(*issues), NOW)


class TestRunsInMemory(
    RunFencesSuite, RunEndingsSuite, RunQuarantineSuite, RunKnowingSuite, RunVanishedSuite
):
    """The fake."""

    @pytest.fixture
    def store(self) -> Subject:
        """Give an empty store."""
        return RunsInMemory()
