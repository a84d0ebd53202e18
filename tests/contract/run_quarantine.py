"""What every store must hold of issues that were set aside: the real one and the fake alike."""

from dataclasses import replace

from services.kernel.ids import IssueId
from services.kernel.sync_job import Mode
from services.sync.domain.completeness import Count, ProjectCount
from services.sync.domain.quarantine import Quarantined, Read
from tests.contract.run_store import NOW, RunStoreSuite, connection_named, job_of, swept
from tests.contract.run_subject import Subject
from tests.unit.analytics_histories import issue

BAD = Quarantined(IssueId("1"), "KeyError 'status'", "2023-01-01T00:00:00.000+0000")


class RunQuarantineSuite(RunStoreSuite):
    """The suite; a subclass gives the fixture `store`."""

    async def test_what_was_set_aside_is_counted_once(self, store: Subject) -> None:
        """However often it is tried; the rest of its page is stored."""
        connection, job, claim = await self.begun(store, ["1", "2"])
        [page] = await store.undone(claim, 10)
        for _ in range(2):
            await store.write_page(claim, page, Read((issue(issue_id="2"),), (BAD,)), NOW)
        state = await store.state(connection)
        assert (state.issue_count, state.quarantined_count) == (1, 1)
        assert set(await store.issues(connection)) == {IssueId("2")}
        assert (await store.job(job)).issues_done == 2

    async def test_what_can_be_kept_is_in_quarantine_no_more(self, store: Subject) -> None:
        """Once the site sends it as it should, or it never was set aside: the count says so."""
        connection, _, claim = await self.begun(store, ["1"])
        [page] = await store.undone(claim, 10)
        await store.write_page(claim, page, Read(quarantined=(BAD,)), NOW)
        for _ in range(2):
            await store.write_page(claim, page, Read((issue(issue_id="1"),)), NOW)
            assert (await store.state(connection)).quarantined_count == 0
        assert set(await store.issues(connection)) == {IssueId("1")}

    async def test_what_is_counted_moves_with_what_is_stored(self, store: Subject) -> None:
        """With what is set aside and stored in no form, too; what was listed was counted then."""
        behind = job_of(connection_named("1"), "behind", Mode.DELTA)
        connection, _, claim = await self.begun(store, ["1", "2"], behind=behind)
        told = []

        async def tell() -> None:
            state = await store.state(connection)
            told.append((state.issue_count, state.expected_issue_count, state.quarantined_count))

        [page] = await store.undone(claim, 10)
        await store.write_page(claim, page, Read((issue(issue_id="2"),), (BAD,)), NOW)
        await tell()
        await store.succeed(claim, NOW, NOW, moved=True)
        claim = await swept(store, connection, ["1", "2", "3"])
        [page] = await store.undone(claim, 10)
        worse = replace(BAD, issue_id=IssueId("2"))
        await store.write_page(claim, page, Read((issue(issue_id="3"),), (BAD, worse)), NOW)
        await tell()
        await store.write_found(claim, Read((issue(issue_id="1"),)), NOW)
        await tell()
        await store.bury(claim, [IssueId("1"), IssueId("2")], NOW)
        await tell()
        assert told == [(1, 2, 1), (2, 3, 2), (3, 3, 1), (1, 1, 0)]

    async def test_what_is_set_aside_is_counted_by_project(self, store: Subject) -> None:
        """What cannot be told is that of what is stored; of the rest nobody knows it."""
        connection, _, claim = await self.begun(store, ["1", "2", "3", "4"])
        [page] = await store.undone(claim, 10)
        own = issue(issue_id="2")
        other = Quarantined(IssueId("3"), "no status", None, "200", "CD")
        await store.write_page(claim, page, Read((own,)), NOW)
        stored = replace(BAD, issue_id=own.issue_id, project_id=own.project_id, project_key="AB")
        await store.write_page(claim, page, Read(quarantined=(BAD, stored, other)), NOW)
        projects = [ProjectCount(own.project_id, own.project_key, 1)]
        await store.note_count(claim, Count(NOW, projects, lost=1))
        counted = (await store.counted(connection)).projects
        assert {one.project_id: (one.issues, one.quarantined, one.unstored) for one in counted} == {
            own.project_id: (1, 1, 0),
            "200": (0, 1, 1),
        }
        state = await store.state(connection)
        assert (state.issue_count, state.expected_issue_count) == (1, 4)
