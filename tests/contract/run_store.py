"""What every store must hold that a run writes through: the real one and the fake alike."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from services.kernel.connection import ConnectionStanding, ConnectionState, Source
from services.kernel.ids import ConnectionId, IssueId, JobId, WorkspaceId
from services.kernel.issue import Issue
from services.kernel.sync_job import Failure, JobState, Mode, Stage, SyncJob
from services.kernel.workflow import Category, Status
from services.sync.domain.selection import Selection
from services.sync.ports import Runs
from services.sync.store.claims import Claim
from services.sync.store.connections import Connection
from tests.contract.reads import gives
from tests.contract.run_subject import Subject
from tests.unit.analytics_histories import issue, move

NOW = 1_700_000_000_000
STATUSES = {"1": Status("1", "To Do", Category.NEW)}
NEEDS_CREDENTIALS = Failure("CONNECTION_NEEDS_CREDENTIALS", "refused")


def connection_named(name: str, workspace: str = "wsp_1") -> Connection:
    """Make a connection."""
    state = ConnectionState(
        ConnectionId(f"con_{name}"),
        WorkspaceId(workspace),
        name,
        Source.JIRA_CLOUD,
        "https://site.example",
        ConnectionStanding.NEW,
        fields_settled=True,
    )
    return Connection(
        state,
        email="a@example.com",
        sealed=b"",
        selection=Selection(),
        created=NOW,
        fields_read=NOW,
    )


def job_of(connection: Connection, name: str, mode: Mode = Mode.FULL, **values: Any) -> SyncJob:
    """Make a job that waits for a worker."""
    state = connection.state
    return SyncJob(
        JobId(f"job_{name}"),
        state.workspace_id,
        state.connection_id,
        mode,
        JobState.QUEUED,
        NOW,
        **values,
    )


async def swept(runs: Runs, connection: Connection, *pages: Sequence[str]) -> Claim:
    """Claim a connection's job and sweep these pages of ids."""
    claim = await runs.claim(connection.connection_id, NOW)
    assert claim is not None
    await runs.begin_sweep(claim, NOW)
    await runs.add_pages(claim, 0, pages)
    total = sum(len(page) for page in pages)
    expected = None if claim.job.mode is Mode.DELTA else total
    await runs.end_sweep(claim, total, NOW, expected=expected)
    return claim


class RunStoreSuite:
    """The suite; a subclass gives the fixture `store`."""

    async def begun(
        self, store: Subject, *pages: Sequence[str], behind: SyncJob | None = None
    ) -> tuple[Connection, SyncJob, Claim]:
        """Begin a run of a connection of its own."""
        connection = connection_named("1")
        job = job_of(connection, "1")
        await store.add(connection, job, *([behind] if behind else []))
        return connection, job, await swept(store, connection, *pages)

    async def test_nothing_to_claim(self, store: Subject) -> None:
        """A connection without a job, or one that is not there, gives no claim."""
        await store.add(connection_named("1"))
        assert await store.claim(ConnectionId("con_1"), NOW) is None
        assert await store.claim(ConnectionId("con_none"), NOW) is None

    async def test_a_claim(self, store: Subject) -> None:
        """It raises the epoch and sets the job RUNNING; when it began stays on a second claim."""
        connection = connection_named("1")
        job = job_of(connection, "1")
        await store.add(connection, job)
        first = await store.claim(connection.connection_id, NOW)
        second = await store.claim(connection.connection_id, NOW + 5)
        assert first is not None
        assert second is not None
        assert second.epoch == first.epoch + 1
        assert (second.swept, second.not_before) == (False, None)
        now = await store.job(job)
        assert (now.state, now.stage, now.started) == (JobState.RUNNING, Stage.SWEEPING, NOW)

    async def test_a_sweep(self, store: Subject) -> None:
        """Pages come in their order, and are undone; the total is known, and expected."""
        connection, job, claim = await self.begun(store, ["3", "1"], ["2"])
        pages = await store.undone(claim, 10)
        assert [page.ids for page in pages] == [("3", "1"), ("2",)]
        assert [page.ids for page in await store.undone(claim, 1)] == [("3", "1")]
        now = await store.job(job)
        assert (now.issues_total, now.stage, now.query_start) == (3, Stage.COLLECTING, NOW)
        assert (now.pages_done, now.pages_total) == (0, 2)
        state = await store.state(connection)
        assert state.expected_issue_count == 3
        again = await store.claim(connection.connection_id, NOW + 5)
        assert again is not None
        assert again.swept

    async def test_a_sweep_begun_again_drops_the_pages_of_the_first(self, store: Subject) -> None:
        """What an unfinished sweep found is found again, and must not be twice."""
        connection = connection_named("1")
        await store.add(connection, job_of(connection, "1"))
        first = await store.claim(connection.connection_id, NOW)
        assert first is not None
        await store.begin_sweep(first, NOW)
        await store.add_pages(first, 0, [["1"], ["2"]])
        claim = await swept(store, connection, ["1"])
        assert [page.ids for page in await store.undone(claim, 10)] == [("1",)]

    async def test_a_delta_expects_nothing(self, store: Subject) -> None:
        """How many issues there are is known from FULL sweeps only."""
        connection = connection_named("1")
        await store.add(connection, job_of(connection, "1", Mode.DELTA, since=NOW - 1))
        await swept(store, connection, ["1"])
        assert (await store.state(connection)).expected_issue_count is None

    async def test_a_page_is_written(self, store: Subject) -> None:
        """Its issues are there with one seq; the count, the progress and the page say so."""
        connection, job, claim = await self.begun(store, ["1", "2"], ["3"])
        page, _ = await store.undone(claim, 10)
        issues = [issue(move(5, "1", "3"), issue_id="1"), issue(issue_id="2")]
        assert await store.write_page(claim, page, gives(*issues), NOW) == 2
        stored = await store.issues(connection)
        assert {key: found for key, (found, _) in stored.items()} == {
            IssueId("1"): issues[0],
            IssueId("2"): issues[1],
        }
        state = await store.state(connection)
        assert {seq for _, seq in stored.values()} == {state.seq}
        assert state.issue_count == 2
        assert (await store.job(job)).issues_done == 2
        assert [left.ids for left in await store.undone(claim, 10)] == [("3",)]

    async def test_written_where_newer(self, store: Subject) -> None:
        """Older is refused; as new with other content replaces; the same is not written again."""
        connection, _, claim = await self.begun(store, ["1"])
        [page] = await store.undone(claim, 10)
        known = issue(issue_id="1", updated=1000)

        async def write(value: Issue) -> tuple[int, Issue, int]:
            written = await store.write_page(claim, page, gives(value), NOW)
            return (written, *(await store.issues(connection))[IssueId("1")])

        assert (await write(known))[:2] == (1, known)
        _, _, seq = await write(known)
        assert await write(replace(known, updated=999, key="AB-9")) == (0, known, seq)
        assert await write(known) == (0, known, seq)
        other = replace(known, status_name="Renamed")
        written, stored, later = await write(other)
        assert (written, stored) == (1, other)
        assert later > seq
        newer = replace(known, updated=1001)
        assert (await write(newer))[:2] == (1, newer)
        # Five of one issue: it was added once.
        assert (await store.state(connection)).issue_count == 1

    async def test_seq_only_rises(self, store: Subject) -> None:
        """Each page has a seq above all before it, across claims."""
        connection, _, claim = await self.begun(store, ["1"], ["2"])
        first, second = await store.undone(claim, 10)
        await store.write_page(claim, first, gives(issue(issue_id="1")), NOW)
        before = (await store.state(connection)).seq
        later = await store.claim(connection.connection_id, NOW)
        assert later is not None
        await store.write_page(later, second, gives(issue(issue_id="2")), NOW)
        stored = await store.issues(connection)
        assert stored[IssueId("1")][1] == before
        assert stored[IssueId("2")][1] > before

    async def test_a_page_written_twice_counts_once(self, store: Subject) -> None:
        """A page whose answer was lost is written again: progress and count stay right."""
        connection, job, claim = await self.begun(store, ["1", "2"])
        [page] = await store.undone(claim, 10)
        issues = [issue(issue_id="1"), issue(issue_id="2")]
        assert await store.write_page(claim, page, gives(*issues), NOW) == 2
        assert await store.write_page(claim, page, gives(*issues), NOW) == 0
        now = await store.job(job)
        assert (now.issues_done, now.pages_done) == (2, 1)
        assert (await store.state(connection)).issue_count == 2

    async def test_additions_alone_are_counted(self, store: Subject) -> None:
        """An issue that was known adds none to the count, nor does one that is there no more."""
        connection, job, claim = await self.begun(store, ["1", "2"], ["2", "3", "4"])
        first, second = await store.undone(claim, 10)
        known = [issue(issue_id="1", updated=5), issue(issue_id="2", updated=5)]
        assert await store.write_page(claim, first, gives(*known), NOW) == 2
        now = [issue(issue_id="2", updated=6), issue(issue_id="3", updated=6)]
        assert await store.write_page(claim, second, gives(*now), NOW) == 2
        assert (await store.state(connection)).issue_count == 3
        # Progress is in ids that were worked off: one of them was there no more.
        assert (await store.job(job)).issues_done == 5

    async def test_a_page_of_which_nothing_is_left(self, store: Subject) -> None:
        """Its issues were deleted since the sweep: it is done all the same."""
        connection, job, claim = await self.begun(store, ["1", "2"])
        [page] = await store.undone(claim, 10)
        assert await store.write_page(claim, page, gives(), NOW) == 0
        assert list(await store.undone(claim, 10)) == []
        assert (await store.job(job)).issues_done == 2
        assert (await store.state(connection)).issue_count == 0

    async def test_taken_up(self, store: Subject) -> None:
        """Pages stay in order beyond ten of them; another worker has the first undone one first."""
        connection = connection_named("1")
        job = job_of(connection, "1")
        await store.add(connection, job)
        claim = await store.claim(connection.connection_id, NOW)
        assert claim is not None
        await store.begin_sweep(claim, NOW)
        ids = [(str(number),) for number in range(12)]
        await store.add_pages(claim, 0, ids[:11])
        await store.add_pages(claim, 11, ids[11:])
        await store.end_sweep(claim, 12, NOW, expected=12)
        for page in await store.undone(claim, 2):
            await store.write_page(claim, page, gives(issue(issue_id=page.ids[0])), NOW)
        await store.pause(claim, NOW, until=None)
        later = await store.claim(connection.connection_id, NOW + 5)
        assert later is not None
        assert [page.ids for page in await store.undone(later, 20)] == ids[2:]
        assert (later.swept, later.job.query_start) == (True, NOW)
        assert (later.job.issues_done, later.job.issues_total) == (2, 12)
        assert (later.job.pages_done, later.job.pages_total) == (2, 12)
