"""Whom a run's writes must not reach, and whose writes are refused, in every store."""

import pytest

from services.kernel.ids import IssueId
from services.sync.domain.completeness import Count
from services.sync.store.claims import Claim, PageOfIds
from services.sync.store.database import Superseded
from tests.contract.reads import gives
from tests.contract.run_store import (
    NEEDS_CREDENTIALS,
    NOW,
    RunStoreSuite,
    connection_named,
    job_of,
    swept,
)
from tests.contract.run_subject import Subject
from tests.unit.analytics_histories import issue


class RunFencesSuite(RunStoreSuite):
    """A part of the suite; a subclass gives the fixture `store`."""

    async def test_another_connection_with_the_same_ids_is_untouched(self, store: Subject) -> None:
        """Two sites may both have an issue 1: each connection keeps its own."""
        other = connection_named("2", "wsp_2")
        await store.add(other, job_of(other, "2"))
        their_claim = await swept(store, other, ["1"])
        [their_page] = await store.undone(their_claim, 10)
        theirs = issue(issue_id="1", updated=5)
        await store.write_page(their_claim, their_page, gives(theirs), NOW)
        connection, _, claim = await self.begun(store, ["1"])
        [page] = await store.undone(claim, 10)
        assert await store.write_page(claim, page, gives(issue(issue_id="1", updated=9)), NOW) == 1
        assert (await store.issues(other))[IssueId("1")][0] == theirs
        assert (await store.issues(connection))[IssueId("1")][0].updated == 9
        assert (await store.state(other)).issue_count == 1

    async def test_a_superseded_worker_writes_nothing(self, store: Subject) -> None:
        """Every write of a passed epoch is refused whole, and leaves nothing half-written."""
        behind = job_of(connection_named("1"), "behind")
        connection, job, claim = await self.begun(store, ["1"], behind=behind)
        [page] = await store.undone(claim, 10)
        successor = await store.claim(connection.connection_id, NOW)
        assert successor is not None

        async def all_there_is() -> list[object]:
            jobs = [await store.job(job), await store.job(behind)]
            issues = await store.issues(connection)
            return [await store.state(connection), issues, *jobs, *await store.undone(claim, 10)]

        before = await all_there_is()
        await self.all_refused(store, claim, page)
        assert await all_there_is() == before
        assert before[-1] == page
        # Nor is the successor disturbed.
        assert await store.write_page(successor, page, gives(issue(issue_id="1")), NOW) == 1
        assert await store.succeed(successor, NOW, NOW, moved=True)

    async def test_a_deleted_connections_run_ends(self, store: Subject) -> None:
        """Its writes are refused like those of a worker that was superseded."""
        connection, _, claim = await self.begun(store, ["1"])
        [page] = await store.undone(claim, 10)
        await store.delete(connection)
        await self.all_refused(store, claim, page)
        assert await store.claim(connection.connection_id, NOW) is None

    async def all_refused(self, store: Subject, claim: Claim, page: PageOfIds) -> None:
        """Try every write there is."""
        with pytest.raises(Superseded):
            await store.check(claim)
        with pytest.raises(Superseded):
            await store.begin_sweep(claim, NOW + 1)
        with pytest.raises(Superseded):
            await store.know_statuses(claim, NOW + 1, {})
        with pytest.raises(Superseded):
            await store.add_pages(claim, 7, [["9"]])
        with pytest.raises(Superseded):
            await store.end_sweep(claim, 99, NOW + 1, expected=99)
        with pytest.raises(Superseded):
            await store.add_listed(claim, 7, [IssueId("9")])
        with pytest.raises(Superseded):
            await store.write_found(claim, gives(issue(issue_id="1")), NOW + 1)
        with pytest.raises(Superseded):
            await store.bury(claim, [IssueId("1")], NOW + 1)
        with pytest.raises(Superseded):
            await store.note_count(claim, Count(NOW + 1, []))
        with pytest.raises(Superseded):
            await store.write_page(claim, page, gives(issue(issue_id="1")), NOW + 1)
        with pytest.raises(Superseded):
            await store.raise_revision(claim)
        with pytest.raises(Superseded):
            await store.pause(claim, NOW + 1, until=None)
        with pytest.raises(Superseded):
            await store.succeed(claim, NOW + 1, NOW, moved=True)
        with pytest.raises(Superseded):
            await store.fail(claim, NOW + 1, NEEDS_CREDENTIALS)
