"""Runs kept in memory: what RunStore keeps in MongoDB, without MongoDB."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from services.kernel.connection import ConnectionStanding, ConnectionState
from services.kernel.errors import ConnectionNeedsCredentials
from services.kernel.ids import ConnectionId, Instant, IssueId, JobId
from services.kernel.issue import Issue
from services.kernel.sync_job import Failure, JobState, Stage, SyncJob
from services.kernel.workflow import Status
from services.sync.domain.ledger import Ledger
from services.sync.domain.quarantine import Quarantined, Read
from services.sync.domain.vanishing import Census, Missing
from services.sync.store.claims import Claim, PageOfIds
from services.sync.store.connections import Connection
from services.sync.store.database import Superseded


@dataclass
class Kept:
    """All that is kept of one connection."""

    connection: Connection
    active: JobId | None = None
    behind: JobId | None = None
    issues: dict[IssueId, tuple[Issue, int]] = field(default_factory=dict)
    quarantine: dict[IssueId, Quarantined] = field(default_factory=dict)


class RunsInMemory:
    """The `Runs` that the Collector speaks to, and what tests put in and look at."""

    def __init__(self) -> None:
        self.kept: dict[ConnectionId, Kept] = {}
        self.jobs: dict[JobId, SyncJob] = {}
        self.swept: set[JobId] = set()
        self.pages: dict[JobId, dict[str, tuple[PageOfIds, bool]]] = {}

    async def add(self, connection: Connection, *jobs: SyncJob) -> None:
        """Add a connection with its present job, and the one that waits behind it."""
        ids = [job.job_id for job in jobs]
        self.jobs.update(zip(ids, jobs, strict=True))
        active, behind = [*ids, None, None][:2]
        self.kept[connection.connection_id] = Kept(connection, active, behind)

    async def delete(self, connection: Connection) -> None:
        """Delete a connection."""
        del self.kept[connection.connection_id]

    async def issues(self, connection: Connection) -> dict[IssueId, tuple[Issue, int]]:
        """Give the issues of a connection, each with its seq."""
        return dict(self.kept[connection.connection_id].issues)

    async def state(self, connection: Connection) -> ConnectionState:
        """Give a connection's state."""
        return self.kept[connection.connection_id].connection.state

    async def job(self, job: SyncJob) -> SyncJob:
        """Give a job as it is now."""
        return self.jobs[job.job_id]

    async def claim(self, connection_id: ConnectionId, now: Instant) -> Claim | None:
        """Take a connection's present job."""
        kept = self.kept.get(connection_id)
        if kept is None or kept.active is None:
            return None
        job, state = self.jobs[kept.active], kept.connection.state
        self._put(kept, replace(state, epoch=state.epoch + 1))
        until = job.waiting_until
        waits = until if until is not None and until > now else None
        if waits is None:
            job = self._set(
                job.job_id,
                state=JobState.RUNNING,
                stage=job.stage or Stage.SWEEPING,
                started=job.started or now,
                waiting_until=None,
            )
        swept = job.job_id in self.swept
        return Claim(job, kept.connection, state.epoch + 1, swept, not_before=waits)

    async def know_statuses(
        self, claim: Claim, now: Instant, statuses: Mapping[str, Status]
    ) -> None:
        """Note the statuses, and when they were read."""
        kept = self._fenced(claim, statuses=dict(statuses))
        kept.connection = replace(kept.connection, statuses_read=now)

    async def ledger(self, claim: Claim, ids: Sequence[IssueId]) -> Ledger:
        """Tell what is stored of some issues already."""
        kept = self.kept[claim.connection_id]
        known = {each: kept.issues[each][0] for each in ids if each in kept.issues}
        stored = {each: one.updated for each, one in known.items() if one.deleted is None}
        aside = {each: kept.quarantine[each].updated for each in ids if each in kept.quarantine}
        return Ledger(stored, aside)

    async def begin_sweep(self, claim: Claim, now: Instant) -> None:
        """Note when the sweep begins."""
        self._fenced(claim)
        self.pages[claim.job.job_id] = {}
        self._set(claim.job.job_id, query_start=now)

    async def add_pages(self, claim: Claim, first: int, pages: Sequence[Sequence[str]]) -> None:
        """Keep pages of ids that a sweep found."""
        if not pages:
            return
        self._fenced(claim)
        for number, ids in enumerate(pages, start=first):
            page = PageOfIds(f"{claim.job.job_id}:{number:08}", tuple(ids))
            self.pages[claim.job.job_id][page.page_id] = (page, False)

    async def add_listed(self, claim: Claim, number: int, ids: Sequence[IssueId]) -> None:
        """Remember ids that a sweep found."""
        self._fenced(claim)
        page = PageOfIds(f"{claim.job.job_id}:listed:{number:08}", tuple(ids))
        self.pages[claim.job.job_id][page.page_id] = (page, True)

    async def end_sweep(
        self, claim: Claim, total: int, now: Instant, *, expected: int | None
    ) -> None:
        """Note that everything there is to collect is listed."""
        self._fenced(claim, **({} if expected is None else {"expected_issue_count": expected}))
        self.swept.add(claim.job.job_id)
        self._set(claim.job.job_id, issues_total=total, stage=Stage.COLLECTING)

    async def undone(self, claim: Claim, most: int) -> Sequence[PageOfIds]:
        """List pages that are not done yet."""
        pages = self.pages.get(claim.job.job_id, {})
        return [page for _, (page, done) in sorted(pages.items()) if not done][:most]

    async def write_page(self, claim: Claim, page: PageOfIds, read: Read, now: Instant) -> int:
        """Store a page where it is newer, and what was set aside; gives how many issues changed."""
        newer = await self.write_found(claim, read, now)
        pages = self.pages[claim.job.job_id]
        found, done = pages[page.page_id]
        pages[page.page_id] = (found, True)
        counted = 0 if done else len(page.ids)
        job = self.jobs[claim.job.job_id]
        self._set(job.job_id, issues_done=job.issues_done + counted)
        return newer

    async def write_found(self, claim: Claim, read: Read, now: Instant) -> int:
        """Store what is there after all; gives how many issues changed."""
        kept = self._fenced(claim)
        seq, stored = kept.connection.state.seq, kept.issues
        newer = [issue for issue in read.issues if _is_newer(issue, stored)]
        stored.update({issue.issue_id: (issue, seq) for issue in newer})
        for issue in read.issues:
            kept.quarantine.pop(issue.issue_id, None)
        kept.quarantine.update({bad.issue_id: bad for bad in read.quarantined})
        self._count(kept)
        return len(newer)

    async def unlisted(self, claim: Claim, before: Instant) -> Census:
        """Tell what was made before an instant, is stored, and was not listed by the sweep."""
        pages = self.pages[claim.job.job_id].values()
        listed = {each for page, _ in pages for each in page.ids}
        kept = self.kept[claim.connection_id].issues.values()
        alive = [one for one, _ in kept if one.deleted is None]
        missing = [
            Missing(one.issue_id, one.project_id)
            for one in alive
            if one.issue_id not in listed and one.created < before
        ]
        return Census(missing, Counter(one.project_id for one in alive))

    async def bury(self, claim: Claim, ids: Sequence[IssueId], now: Instant) -> None:
        """Mark issues as deleted."""
        kept = self._fenced(claim)
        for issue_id in ids:
            issue, _ = kept.issues[issue_id]
            if issue.deleted is None:
                kept.issues[issue_id] = (replace(issue, deleted=now), kept.connection.state.seq)
        self._count(kept)

    async def hold(self, claim: Claim, held: Mapping[str, int], now: Instant) -> None:
        """Note by project how many vanished issues are held."""
        self._fenced(claim, held_count=sum(held.values()))

    def _count(self, kept: Kept) -> None:
        count = sum(issue.deleted is None for issue, _ in kept.issues.values())
        state, bad = kept.connection.state, len(kept.quarantine)
        self._put(kept, replace(state, issue_count=count, quarantined_count=bad))

    async def raise_revision(self, claim: Claim) -> int:
        """Tell readers to look again."""
        revision = self._state(claim).revision + 1
        self._fenced(claim, revision=revision)
        return revision

    async def pause(self, claim: Claim, now: Instant, *, until: Instant | None) -> None:
        """Put a job down."""
        self._fenced(claim)
        state = JobState.QUEUED if until is None else JobState.WAITING
        self._set(claim.job.job_id, state=state, waiting_until=until)

    async def succeed(
        self, claim: Claim, now: Instant, complete_until: Instant | None, *, moved: bool
    ) -> bool:
        """End a job well; gives whether another waits behind it."""
        kept = self._fenced(
            claim,
            revision=self._state(claim).revision + moved,
            standing=ConnectionStanding.ACTIVE,
            **({} if complete_until is None else {"complete_until": complete_until}),
        )
        cursor = kept.connection.cursor if complete_until is None else complete_until
        kept.connection = replace(kept.connection, cursor=cursor, last_synced=now)
        return self._end(kept, state=JobState.SUCCEEDED, stage=Stage.DONE, ended=now)

    async def fail(self, claim: Claim, now: Instant, failure: Failure) -> bool:
        """End a job badly; gives whether another waits behind it."""
        refused = failure.reason == ConnectionNeedsCredentials.reason
        standing = {"standing": ConnectionStanding.NEEDS_CREDENTIALS} if refused else {}
        kept = self._fenced(claim, revision=self._state(claim).revision + 1, **standing)
        end = {
            "state": JobState.FAILED,
            "ended": now,
            "waiting_until": None,
            "failure": failure,
        }
        another = self._end(kept, **end)
        if refused and another:
            self._end(kept, **end)
        return another and not refused

    def _state(self, claim: Claim) -> ConnectionState:
        kept = self.kept.get(claim.connection_id)
        if kept is None or kept.connection.state.epoch != claim.epoch:
            raise Superseded(f"epoch {claim.epoch} has passed")
        return kept.connection.state

    def _fenced(self, claim: Claim, **changes: object) -> Kept:
        state = self._state(claim)
        kept = self.kept[claim.connection_id]
        self._put(kept, replace(state, seq=state.seq + 1, **changes))  # type: ignore[arg-type]
        return kept

    def _put(self, kept: Kept, state: ConnectionState) -> None:
        kept.connection = replace(kept.connection, state=state)

    def _set(self, job_id: JobId, **fields: object) -> SyncJob:
        self.jobs[job_id] = replace(self.jobs[job_id], **fields)  # type: ignore[arg-type]
        return self.jobs[job_id]

    def _end(self, kept: Kept, **end: object) -> bool:
        assert kept.active is not None
        self._set(kept.active, **end)
        self.pages.pop(kept.active, None)
        kept.active, kept.behind = kept.behind, None
        return kept.active is not None


def _is_newer(issue: Issue, stored: Mapping[IssueId, tuple[Issue, int]]) -> bool:
    known = stored.get(issue.issue_id)
    return known is None or (issue != known[0] and issue.updated >= known[0].updated)
