"""Runs kept in memory: what RunStore keeps in MongoDB, without MongoDB."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from services.kernel.connection import ConnectionStanding
from services.kernel.errors import ConnectionNeedsCredentials
from services.kernel.ids import ConnectionId, Instant, IssueId, JobId
from services.kernel.sync_job import Failure, JobState, Mode, Stage, SyncJob
from services.kernel.workflow import Status
from services.sync.domain.dead_letter import Death
from services.sync.domain.fields import FieldSet
from services.sync.domain.ledger import Ledger
from services.sync.domain.quarantine import Read
from services.sync.domain.slices import PAGES_OF_A_SLICE, Slice
from services.sync.domain.unshown import Unshown
from services.sync.store.claims import Claim, Hold, PageOfIds
from services.sync.store.connections import Connection
from tests.fakes.kept_in_memory import Kept, KeptInMemory


class RunsInMemory(KeptInMemory):
    """The `Runs` that the Collector speaks to."""

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
                touched=now,
            )
        swept = job.job_id in self.swept
        return Claim(kept.connection, state.epoch + 1, job, swept, not_before=waits)

    async def check(self, hold: Hold) -> None:
        """Superseded where the connection is another's by now, or nobody's."""
        self._state(hold)

    async def know_statuses(self, hold: Hold, now: Instant, statuses: Mapping[str, Status]) -> None:
        """Note the statuses, and when they were read."""
        kept = self._fenced(hold, statuses=dict(statuses))
        kept.connection = replace(kept.connection, statuses_read=now)

    async def know_fields(self, claim: Claim, now: Instant, fields: FieldSet) -> Claim:
        """Note the fields, and when they were read."""
        known = claim.connection
        changed = known.fields_read is None or fields != known.fields
        kept = self._fenced(claim, **({"fields_settled": False} if changed else {}))
        kept.connection = replace(kept.connection, fields=fields, fields_read=now)
        return replace(claim, connection=kept.connection)

    async def know_hidden(self, claim: Claim, now: Instant, hidden: Sequence[str]) -> Claim:
        """Note which projects are not shown."""
        connection, job = self._unseen(claim, now, hidden), claim.job
        if connection.unseen.returned:
            connection = replace(connection, digested=None)
            self.kept[claim.connection_id].connection = connection
            if job.mode is Mode.DELTA:
                job = self._set(job.job_id, since=0)
        return replace(claim, job=job, connection=connection)

    async def hide(self, hold: Hold, now: Instant, keys: Sequence[str]) -> Hold:
        """Note that more projects are not shown."""
        hidden = {*hold.connection.unseen.hidden, *keys}
        return replace(hold, connection=self._unseen(hold, now, hidden))

    def _unseen(self, hold: Hold, now: Instant, hidden: Collection[str]) -> Connection:
        known = hold.connection
        unseen = known.unseen.noted(hidden, Unshown(now, known.state.complete_until))
        count = len(unseen.hidden) + len(unseen.returned)
        kept = self._fenced(hold, hidden_count=count)
        kept.connection = replace(kept.connection, unseen=unseen)
        return kept.connection

    async def begin_again(self, claim: Claim) -> Claim:
        """Have a job read everything."""
        self._fenced(claim)
        return replace(claim, job=self._set(claim.job.job_id, mode=Mode.FULL, since=None))

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
        self._set(claim.job.job_id, query_start=now, touched=now)

    async def slices(self, claim: Claim, asked: str) -> Sequence[Slice]:
        """Give the slices that a run of this job has begun; none where it asked for others."""
        of, cut = self.cut.get(claim.job.job_id, ("", []))
        return list(cut) if of == asked and cut else []

    async def begin_slices(
        self, claim: Claim, now: Instant, asked: str, slices: Sequence[Slice]
    ) -> None:
        """Note which slices are to be listed."""
        await self.begin_sweep(claim, now)
        self.cut[claim.job.job_id] = (asked, list(slices))

    async def drop_slice(self, claim: Claim, one: Slice) -> None:
        """Drop what was found of a slice that was not listed to its end."""
        self._fenced(claim)
        job, first = claim.job.job_id, one.number * PAGES_OF_A_SLICE
        pages = self.pages[job]
        kept = (f"{job}:{first:08}", f"{job}:{first + PAGES_OF_A_SLICE:08}")
        self.pages[job] = {
            name: page for name, page in pages.items() if not kept[0] <= name < kept[1]
        }

    async def end_slice(self, claim: Claim, one: Slice, listed: int) -> None:
        """Note that a slice was listed to its end."""
        self._fenced(claim)
        _, cut = self.cut[claim.job.job_id]
        cut[one.number] = replace(one, listed=listed)

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
        stored = self._state(claim).issue_count
        known = {} if expected is None else {"expected_issue_count": max(expected, stored)}
        self._fenced(claim, **known)
        self.swept.add(claim.job.job_id)
        begun = {"stage": Stage.COLLECTING, "collecting_since": now, "touched": now}
        pages = sum(not done for _, done in self.pages.get(claim.job.job_id, {}).values())
        self._set(claim.job.job_id, issues_total=total, pages_total=pages, **begun)

    async def undone(self, claim: Claim, most: int) -> Sequence[PageOfIds]:
        """List pages that are not done yet."""
        pages = self.pages.get(claim.job.job_id, {})
        return [page for _, (page, done) in sorted(pages.items()) if not done][:most]

    async def write_page(self, claim: Claim, page: PageOfIds, read: Read, now: Instant) -> int:
        """Store a page where it is newer, and what was set aside; gives how many issues changed."""
        newer = self._write(claim, read, now, listed=claim.job.mode is not Mode.DELTA)
        pages = self.pages[claim.job.job_id]
        found, done = pages[page.page_id]
        pages[page.page_id] = (found, True)
        counted, job = 0 if done else len(page.ids), self.jobs[claim.job.job_id]
        self._set(
            job.job_id,
            issues_done=job.issues_done + counted,
            pages_done=job.pages_done + (not done),
            touched=now,
        )
        return newer

    async def raise_revision(self, hold: Hold) -> None:
        """Tell readers to look again."""
        self._fenced(hold, revision=self._state(hold).revision + 1)

    async def pause(
        self, claim: Claim, now: Instant, *, until: Instant | None, waiting_for: str = ""
    ) -> None:
        """Put a job down."""
        self._fenced(claim)
        state = JobState.QUEUED if until is None else JobState.WAITING
        why = waiting_for if until is not None else None
        put_down = {"waiting_until": until, "waiting_for": why, "touched": now}
        self._set(claim.job.job_id, state=state, **put_down)

    async def succeed(
        self, claim: Claim, now: Instant, complete_until: Instant | None, *, moved: bool
    ) -> bool:
        """End a job well; gives whether another waits behind it."""
        kept = self._fenced(
            claim,
            revision=self._state(claim).revision + moved,
            standing=ConnectionStanding.ACTIVE,
            hidden_count=len(claim.connection.unseen.hidden),
            **({} if complete_until is None else {"complete_until": complete_until}),
            **({"fields_settled": True} if claim.job.mode is Mode.FULL else {}),
        )
        cursor = kept.connection.cursor if complete_until is None else complete_until
        unseen = replace(claim.connection.unseen, returned={})
        kept.connection = replace(kept.connection, cursor=cursor, last_synced=now, unseen=unseen)
        return self._end(kept, state=JobState.SUCCEEDED, stage=Stage.DONE, ended=now)

    async def fail(
        self, claim: Claim, now: Instant, failure: Failure, death: Death | None = None
    ) -> bool:
        """End a job badly; gives whether another waits behind it."""
        if death is not None:
            self.deaths[claim.job.job_id] = death
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

    def _set(self, job_id: JobId, **fields: object) -> SyncJob:
        self.jobs[job_id] = replace(self.jobs[job_id], **fields)  # type: ignore[arg-type]
        return self.jobs[job_id]

    def _end(self, kept: Kept, **end: object) -> bool:
        assert kept.active is not None
        self._set(kept.active, **end)
        self.pages.pop(kept.active, None)
        kept.active, kept.behind = kept.behind, None
        return kept.active is not None
