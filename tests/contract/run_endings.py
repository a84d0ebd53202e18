"""How runs are put down and end, in every store that a run writes through."""

from dataclasses import replace

from services.kernel.connection import ConnectionStanding
from services.kernel.sync_job import Failure, JobState, Mode, Stage
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


class RunEndingsSuite(RunStoreSuite):
    """The rest of the suite; a subclass gives the fixture `store`."""

    async def test_a_pause(self, store: Subject) -> None:
        """Put down until the site's instant a job is WAITING; else it is QUEUED."""
        connection, job, claim = await self.begun(store)
        await store.pause(claim, NOW, until=NOW + 1000, waiting_for="jira-burst-based")
        now = await store.job(job)
        assert (now.state, now.waiting_until) == (JobState.WAITING, NOW + 1000)
        assert now.waiting_for == "jira-burst-based"
        early = await store.claim(connection.connection_id, NOW + 999)
        assert early is not None
        assert early.not_before == NOW + 1000
        assert await store.job(job) == now
        due = await store.claim(connection.connection_id, NOW + 1000)
        assert due is not None
        assert due.not_before is None
        assert ((await store.job(job)).state, due.swept) == (JobState.RUNNING, True)
        await store.pause(due, NOW, until=None)
        now = await store.job(job)
        assert (now.state, now.waiting_until, now.waiting_for) == (JobState.QUEUED, None, None)

    async def test_an_estimated_end(self, store: Subject) -> None:
        """The rest takes as long as what was stored so far, from what was stored last."""
        _, job, claim = await self.begun(store, ["1", "2"], ["3", "4", "5", "6"])
        assert (await store.job(job)).estimated_end is None
        first, _ = await store.undone(claim, 2)
        await store.write_page(claim, first, gives(), NOW + 600)
        assert (await store.job(job)).estimated_end == NOW + 600 + 1200
        await store.pause(claim, NOW + 800, until=NOW + 10_000, waiting_for="unknown")
        assert (await store.job(job)).estimated_end == NOW + 10_000 + 1600

    async def test_a_revision(self, store: Subject) -> None:
        """It rises by one, and only it and seq do."""
        connection, _, claim = await self.begun(store)
        before = await store.state(connection)
        await store.raise_revision(claim)
        await store.raise_revision(claim)
        assert await store.state(connection) == replace(before, revision=2, seq=before.seq + 2)

    async def test_success(self, store: Subject) -> None:
        """The job is done, the connection ACTIVE and complete until then; nothing is behind."""
        connection, job, claim = await self.begun(store, ["1"])
        assert not await store.succeed(claim, NOW + 9, NOW - 600, moved=True)
        now = await store.job(job)
        assert (now.state, now.stage, now.ended) == (JobState.SUCCEEDED, Stage.DONE, NOW + 9)
        state = await store.state(connection)
        assert (state.standing, state.revision) == (ConnectionStanding.ACTIVE, 1)
        assert state.complete_until == NOW - 600
        assert list(await store.undone(claim, 10)) == []
        assert await store.claim(connection.connection_id, NOW) is None

    async def test_where_nothing_moved_no_reader_looks_again(self, store: Subject) -> None:
        """It is complete until later, and what was answered holds."""
        connection, _, claim = await self.begun(store)
        await store.succeed(claim, NOW + 9, NOW - 600, moved=False)
        state = await store.state(connection)
        assert (state.revision, state.complete_until) == (0, NOW - 600)

    async def test_the_job_behind_comes_next(self, store: Subject) -> None:
        """However a job ends, the one behind it is the present one then."""
        for number, ends_well in enumerate([True, False]):
            connection = connection_named(f"c{number}")
            first = job_of(connection, f"{number}-first", Mode.DELTA, since=NOW)
            second = job_of(connection, f"{number}-second")
            await store.add(connection, first, second)
            claim = await swept(store, connection)
            another = (
                await store.succeed(claim, NOW, NOW, moved=True)
                if ends_well
                else await store.fail(claim, NOW, Failure("INTERNAL", "no"))
            )
            assert another
            following = await store.claim(connection.connection_id, NOW)
            assert following is not None
            assert following.job.job_id == second.job_id
            assert following.connection.cursor == (NOW if ends_well else None)
            assert not await store.succeed(following, NOW, NOW, moved=True)
            assert await store.claim(connection.connection_id, NOW) is None

    async def test_failure(self, store: Subject) -> None:
        """It says why; what it wrote is told, and what was known of the data stays known."""
        connection, job, claim = await self.begun(store, ["1"])
        assert not await store.fail(claim, NOW + 9, Failure("SITE_UNREACHABLE", "away"))
        now = await store.job(job)
        assert (now.state, now.ended) == (JobState.FAILED, NOW + 9)
        assert now.failure == Failure("SITE_UNREACHABLE", "away")
        state = await store.state(connection)
        assert (state.standing, state.complete_until) == (ConnectionStanding.NEW, None)
        assert state.revision == 1
        assert await store.claim(connection.connection_id, NOW) is None

    async def test_a_refused_credential(self, store: Subject) -> None:
        """The connection stands so, and the job behind fails as well: it is not tried."""
        second = job_of(connection_named("1"), "second")
        connection, job, claim = await self.begun(store, behind=second)
        assert not await store.fail(claim, NOW, NEEDS_CREDENTIALS)
        assert (await store.job(job)).failure == NEEDS_CREDENTIALS
        assert (await store.job(second)).failure == NEEDS_CREDENTIALS
        state = await store.state(connection)
        assert state.standing is ConnectionStanding.NEEDS_CREDENTIALS
        assert await store.claim(connection.connection_id, NOW) is None
