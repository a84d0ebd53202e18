"""What every store must hold of issues that vanished: the real one and the fake alike."""

from collections.abc import Sequence
from dataclasses import replace

from services.kernel.ids import IssueId, JobId
from services.sync.domain.completeness import Count, ProjectCount
from services.sync.domain.digest import Checked, Digest
from services.sync.domain.quarantine import Quarantined, Read
from services.sync.domain.vanishing import Missing
from services.sync.store.claims import Claim
from tests.contract.reads import gives
from tests.contract.run_store import NOW, RunStoreSuite, connection_named, job_of, swept
from tests.contract.run_subject import Subject
from tests.unit.analytics_histories import issue

ONE, TWO, THREE = (IssueId(each) for each in ("1", "2", "3"))


class RunVanishedSuite(RunStoreSuite):
    """A part of the suite; a subclass gives the fixture `store`."""

    async def three_stored(self, store: Subject, *listed: Sequence[str]) -> Claim:
        """Store three issues, and give a later run's claim whose sweep listed these."""
        behind = job_of(connection_named("1"), "behind")
        connection, _, claim = await self.begun(store, ["1", "2", "3"], behind=behind)
        [page] = await store.undone(claim, 10)
        await store.write_page(claim, page, gives(*(issue(issue_id=one) for one in page.ids)), NOW)
        await store.succeed(claim, NOW, NOW, moved=True)
        return await swept(store, connection, *listed)

    async def test_what_a_sweep_did_not_list(self, store: Subject) -> None:
        """It is found, whether what was listed was to be read or not; with counts by project."""
        claim = await self.three_stored(store, ["1"])
        await store.add_listed(claim, 7, [THREE])
        census = await store.unlisted(claim, NOW)
        project = issue().project_id
        assert list(census.missing) == [Missing(TWO, project)]
        assert set(census.shown) == {project}
        assert census.projects == {project: ProjectCount(project, issue().project_key, issues=3)}

    async def test_what_was_made_since_the_sweep_began_is_not_missed(self, store: Subject) -> None:
        """The sweep may have passed where it would stand."""
        claim = await self.three_stored(store)
        assert list((await store.unlisted(claim, issue().created)).missing) == []

    async def test_what_is_called_otherwise(self, store: Subject) -> None:
        """Issues of a project that has another key by now, but those that were seen deleted."""
        claim = await self.three_stored(store, ["1"])
        own = issue()
        await store.bury(claim, [TWO], NOW)
        assert sorted(await store.called_otherwise(claim, {own.project_id: "NEWER"})) == [
            ONE,
            THREE,
        ]
        for keys in ({own.project_id: own.project_key}, {"another": "NEWER"}):
            assert list(await store.called_otherwise(claim, keys)) == []

    async def test_the_deleted(self, store: Subject) -> None:
        """They are marked with when, once, with the seq of readers; they count no more."""
        claim = await self.three_stored(store, ["1"])
        for later in (5, 9):
            await store.bury(claim, [TWO, THREE], NOW + later)
        stored = await store.issues(claim.connection)
        state = await store.state(claim.connection)
        assert {key: one.deleted for key, (one, _) in stored.items()} == {
            ONE: None,
            TWO: NOW + 5,
            THREE: NOW + 5,
        }
        assert state.issue_count == 1
        assert stored[TWO][1] > stored[ONE][1]
        assert list((await store.unlisted(claim, NOW)).missing) == []
        assert dict((await store.ledger(claim, [ONE, TWO])).stored) == {ONE: issue().updated}

    async def test_what_was_set_aside_and_not_listed(self, store: Subject) -> None:
        """It is told where nothing of it is stored, and forgotten with the deleted."""
        behind = job_of(connection_named("1"), "behind")
        connection, _, claim = await self.begun(store, ["1", "2", "3"], behind=behind)
        [page] = await store.undone(claim, 10)
        bad = tuple(Quarantined(each, "KeyError 'status'") for each in (ONE, TWO, THREE))
        await store.write_page(claim, page, gives(issue(issue_id="1")), NOW)
        await store.write_page(claim, page, Read(quarantined=bad), NOW)
        await store.succeed(claim, NOW, NOW, moved=True)
        claim = await swept(store, connection, ["3"])
        assert list((await store.unlisted(claim, NOW)).aside) == [TWO]
        await store.bury(claim, [TWO, ONE], NOW)
        state = await store.state(claim.connection)
        assert (state.issue_count, state.quarantined_count) == (0, 1)
        assert list((await store.unlisted(claim, NOW)).aside) == []

    async def test_until_when_all_is_settled(self, store: Subject) -> None:
        """It is noted with a count, and stays where it was while something is held."""
        claim = await self.three_stored(store)
        assert await store.settled_until(claim) is None
        some, none = [held("100", 30, NOW)], [ProjectCount("100", "P100")]
        told = []
        for until, projects in ((5, some), (6, none), (7, some), (8, some), (9, none)):
            await store.note_count(claim, Count(NOW, projects, until))
            told.append(await store.settled_until(claim))
        assert told == [None, 6, 6, 6, 9]

    async def test_who_comes_back(self, store: Subject) -> None:
        """An issue that was taken for deleted is as it was once the site gives it again."""
        claim = await self.three_stored(store)
        await store.bury(claim, [TWO], NOW)
        assert await store.write_found(claim, gives(issue(issue_id="2")), NOW) == 1
        stored = await store.issues(claim.connection)
        assert stored[TWO][0] == issue(issue_id="2")
        assert (await store.state(claim.connection)).issue_count == 3

    async def test_what_is_held_is_counted(self, store: Subject) -> None:
        """Over all projects; and no more once nothing is."""
        claim = await self.three_stored(store)
        await store.note_count(claim, Count(NOW, [held("100", 30, NOW), held("200", 12, NOW)]))
        before = await store.state(claim.connection)
        assert before.held_count == 42
        await store.note_count(claim, Count(NOW, [ProjectCount("100", "P100")]))
        now = await store.state(claim.connection)
        assert now == replace(before, held_count=0, seq=now.seq)

    async def test_what_a_digest_checked_is_kept_until_it_is_made(self, store: Subject) -> None:
        """For the job that checked it, whichever worker goes on with that."""
        claim = await self.three_stored(store)
        await store.note_count(claim, Count(NOW, []))
        checked = [Checked("100", 2, 5), Checked("200", 1, 0, 1)]
        for one in checked:
            await store.note_checked(claim, one)
            again = await store.claim(claim.connection_id, NOW)
            assert again is not None
            claim = again
        assert list(await store.checked(claim)) == checked
        other = replace(claim, job=replace(claim.job, job_id=JobId("job_other")))
        assert list(await store.checked(other)) == []
        await store.note_checked(other, checked[1])
        assert list(await store.checked(claim)) == []
        assert list(await store.checked(other)) == [checked[1]]
        await store.note_digest(claim, Digest(NOW, checked))
        assert list(await store.checked(other)) == []

    async def test_what_a_digest_looks_at_and_that_it_was_made(self, store: Subject) -> None:
        """Every issue that is there; and when, so that the next one comes a week later."""
        claim = await self.three_stored(store)
        await store.bury(claim, [TWO], NOW)
        found = await store.histories(claim)
        assert {(one.issue_id, one.entries) for one in found} == {(ONE, 0), (THREE, 0)}
        await store.note_digest(claim, Digest(NOW + 1, [Checked("100", 2, 0)]))
        again = await store.claim(claim.connection_id, NOW)
        assert again is not None
        assert again.connection.digested == NOW + 1

    async def test_what_goes_on_being_held_is_held_since_it_was_first(self, store: Subject) -> None:
        """Until it is not: then the next time counts."""
        claim = await self.three_stored(store)
        counts = [
            [held("1", 9, 5)],
            [held("1", 8, 6)],
            [ProjectCount("1", "P1")],
            [held("1", 9, 7)],
        ]
        since = []
        for count in counts:
            await store.note_count(claim, Count(NOW, count))
            [project] = (await store.counted(claim.connection)).projects
            since.append(project.held_since)
        assert since == [5, 5, None, 7]


def held(project_id: str, count: int, since: int) -> ProjectCount:
    """Make a project of which some issues are held."""
    return ProjectCount(project_id, f"P{project_id}", 100, count, since)
