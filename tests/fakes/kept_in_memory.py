"""Connections, jobs and issues kept in memory, as stores keep them in MongoDB."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from services.kernel.connection import ConnectionState
from services.kernel.ids import ConnectionId, Instant, IssueId, JobId
from services.kernel.issue import Issue
from services.kernel.sync_job import SyncJob
from services.sync.domain.completeness import (
    Count,
    More,
    ProjectCount,
    add_issue,
    expected_after,
    held_on,
    with_aside,
)
from services.sync.domain.dead_letter import Death
from services.sync.domain.digest import Checked, Digest, History
from services.sync.domain.quarantine import Quarantined, Read
from services.sync.domain.slices import Slice
from services.sync.domain.vanishing import Census, Missing
from services.sync.store.claims import Claim, Hold, PageOfIds
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
    count: Count | None = None
    digest: Digest | None = None
    checked: list[tuple[JobId, Checked]] = field(default_factory=list)


class KeptInMemory:
    """What is kept, what tests put in and look at, and the `Vanished` of a run."""

    def __init__(self) -> None:
        self.kept: dict[ConnectionId, Kept] = {}
        self.jobs: dict[JobId, SyncJob] = {}
        self.deaths: dict[JobId, Death] = {}
        self.swept: set[JobId] = set()
        self.cut: dict[JobId, tuple[str, list[Slice]]] = {}
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

    async def counted(self, connection: Connection) -> Count:
        """Give what was counted of a connection."""
        count = self.kept[connection.connection_id].count
        assert count is not None
        return count

    async def job(self, job: SyncJob) -> SyncJob:
        """Give a job as it is now."""
        return self.jobs[job.job_id]

    async def write_found(self, hold: Hold, read: Read, now: Instant) -> int:
        """Store what is there after all; gives how many issues changed."""
        return self._write(hold, read, now)

    def _write(self, hold: Hold, read: Read, now: Instant, *, listed: bool = False) -> int:
        kept = self._fenced(hold)
        known = _known(kept)
        seq, stored = kept.connection.state.seq, kept.issues
        newer = [issue for issue in read.issues if _is_newer(issue, stored)]
        stored.update({issue.issue_id: (issue, seq) for issue in newer})
        if newer:
            self._put(kept, replace(kept.connection.state, written=now))
        for issue in read.issues:
            kept.quarantine.pop(issue.issue_id, None)
        kept.quarantine.update({bad.issue_id: bad for bad in read.quarantined})
        self._count(kept, known, listed=listed)
        return len(newer)

    async def unlisted(self, claim: Claim, before: Instant) -> Census:
        """Tell what was made before an instant, is stored, and was not listed by the sweep."""
        pages = self.pages[claim.job.job_id].values()
        listed = {each for page, _ in pages for each in page.ids}
        kept = self.kept[claim.connection_id].issues.values()
        alive = [one for one, _ in kept if one.deleted is None]
        missing = [
            Missing(one.issue_id, one.project_id, changelog_entries=one.history_count)
            for one in alive
            if one.issue_id not in listed and one.created < before
        ]
        projects: dict[str, ProjectCount] = {}
        for one in alive:
            add_issue(projects, one.project_id, one.project_key, one.history_count)
        aside = self.kept[claim.connection_id].quarantine.keys() - listed
        shown = {one.project_id for one in alive if one.issue_id in listed}
        stored = {one.issue_id for one in alive}
        lost = listed - stored - self.kept[claim.connection_id].quarantine.keys()
        return Census(missing, projects, sorted(aside - stored), shown, len(lost))

    async def settled_until(self, claim: Claim) -> Instant | None:
        """Tell before when every change is stored, also of what was not shown for a while."""
        count = self.kept[claim.connection_id].count
        return count.settled_until if count else None

    async def bury(self, hold: Hold, ids: Sequence[IssueId], now: Instant) -> None:
        """Mark issues as deleted, and forget that they were set aside."""
        kept = self._fenced(hold)
        known = _known(kept)
        for issue_id in ids:
            kept.quarantine.pop(issue_id, None)
            issue, _ = kept.issues.get(issue_id, (None, 0))
            if issue is not None and issue.deleted is None:
                kept.issues[issue_id] = (replace(issue, deleted=now), kept.connection.state.seq)
                self._put(kept, replace(kept.connection.state, written=now))
        self._count(kept, known)

    async def called_otherwise(self, claim: Claim, keys: Mapping[str, str]) -> Sequence[IssueId]:
        """List stored issues whose project has another key by now."""
        kept = self.kept[claim.connection_id].issues.values()
        return [
            one.issue_id
            for one, _ in kept
            if one.deleted is None and keys.get(one.project_id, one.project_key) != one.project_key
        ]

    async def histories(self, claim: Claim) -> Sequence[History]:
        """Give every stored issue with the number of rows that were read of it."""
        kept = self.kept[claim.connection_id].issues.values()
        return [
            History(one.issue_id, one.project_id, one.history_count)
            for one, _ in kept
            if one.deleted is None
        ]

    async def checked(self, claim: Claim) -> Sequence[Checked]:
        """Give what the claim's job has checked so far."""
        kept = self.kept[claim.connection_id].checked
        return [one for job_id, one in kept if job_id == claim.job.job_id]

    async def note_checked(self, claim: Claim, checked: Checked) -> None:
        """Keep what was checked of a project, until the digest is made."""
        kept, job = self._fenced(claim), claim.job.job_id
        kept.checked = [(job, one) for one in (*await self.checked(claim), checked)]

    async def note_digest(self, claim: Claim, digest: Digest) -> None:
        """Keep what a digest found, and that it was made."""
        kept = self._fenced(claim)
        kept.digest, kept.checked = digest, []
        kept.connection = replace(kept.connection, digested=digest.at)

    async def note_count(self, claim: Claim, count: Count) -> None:
        """Note what is stored and what of it is held."""
        kept = self._fenced(claim, held_count=sum(project.held for project in count.projects))
        stored = _alive(kept)
        aside = [
            (one.project_id, one.project_key, one.issue_id in stored)
            for one in kept.quarantine.values()
        ]
        kept.count = held_on(with_aside(count, aside), kept.count)
        expected = count.lost + len(_known(kept))
        self._put(kept, replace(kept.connection.state, expected_issue_count=expected))

    def _count(self, kept: Kept, known: set[IssueId], *, listed: bool = False) -> None:
        count, state, bad = len(_alive(kept)), kept.connection.state, len(kept.quarantine)
        more = More(0, 0, len(_known(kept)) - len(known))
        expected = expected_after(state.expected_issue_count, count, more, listed=listed)
        state = replace(state, issue_count=count, expected_issue_count=expected)
        self._put(kept, replace(state, quarantined_count=bad))

    def _state(self, hold: Hold) -> ConnectionState:
        kept = self.kept.get(hold.connection_id)
        if kept is None or kept.connection.state.epoch != hold.epoch:
            raise Superseded(f"epoch {hold.epoch} has passed")
        return kept.connection.state

    def _fenced(self, hold: Hold, **changes: object) -> Kept:
        state = self._state(hold)
        kept = self.kept[hold.connection_id]
        self._put(kept, replace(state, seq=state.seq + 1, **changes))  # type: ignore[arg-type]
        return kept

    def _put(self, kept: Kept, state: ConnectionState) -> None:
        kept.connection = replace(kept.connection, state=state)


def _alive(kept: Kept) -> set[IssueId]:
    return {issue_id for issue_id, (issue, _) in kept.issues.items() if issue.deleted is None}


def _known(kept: Kept) -> set[IssueId]:
    return _alive(kept) | kept.quarantine.keys()


def _is_newer(issue: Issue, stored: Mapping[IssueId, tuple[Issue, int]]) -> bool:
    known = stored.get(issue.issue_id)
    return known is None or (issue != known[0] and issue.updated >= known[0].updated)
