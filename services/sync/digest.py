"""The weekly digest: a sample of each project's histories, held against what the site counts."""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final

import structlog

from services.kernel.errors import SiteUnreachable
from services.kernel.ids import IssueId
from services.kernel.sync_job import Mode
from services.sync import reading
from services.sync.domain import jql
from services.sync.domain.attempts import PLAINLY_SO_FROM
from services.sync.domain.digest import SAMPLED, Checked, Digest, History, drawn, is_due
from services.sync.ports import Around, Source
from services.sync.store.claims import Claim

# An answer that does not come is waited for for a minute.
MOST_UNANSWERED: Final = 20
logger = structlog.get_logger()


async def digest_where_due(
    claim: Claim, source: Source, around: Around, *, further: Callable[[], None]
) -> bool:
    """Check a sample of what is stored, as a part of a census, once a week; tell of a change.

    It goes on where it ended, project by project: `further` hears of each that was checked.
    """
    due = is_due(claim.connection.digested, around.clock())
    if claim.job.mode is not Mode.CENSUS or not due or claim.selection is None:
        return False
    run = _Digesting(claim, source, around)
    stored = await around.vanished.histories(claim)
    checked = {one.project_id: one for one in await around.vanished.checked(claim)}
    for project_id, lot in sorted(drawn(stored, claim.job.job_id).items()):
        if project_id not in checked:
            checked[project_id] = await run.checked(project_id, lot)
            await around.vanished.note_checked(claim, checked[project_id])
            further()
    projects = [checked[project_id] for project_id in sorted(checked)]
    await around.vanished.note_digest(claim, Digest(around.clock(), projects))
    return run.moved


class _Digesting:
    """One digest; `moved` where it found something that was not stored."""

    def __init__(self, claim: Claim, source: Source, around: Around) -> None:
        self._claim = claim
        self._source = source
        self._around = around
        self._unanswered = 0
        self.moved = False

    async def checked(self, project_id: str, lot: Sequence[History]) -> Checked:
        """Check a project: its sample, and more of it where something differs."""
        totals = await self._totals(lot[:SAMPLED])
        if _differing(lot, totals):
            totals |= await self._totals(lot[SAMPLED:])
        differing = await self._read_again(_differing(lot, totals), totals)
        if differing:
            logger.warning("histories differ", project_id=project_id, count=differing)
        return Checked(
            project_id, len(totals), sum(totals.values()), differing, await self._guess(project_id)
        )

    async def _totals(self, lot: Sequence[History]) -> dict[IssueId, int]:
        """Ask how many rows the site has of each issue; what it does not show is left out."""
        found = {}
        for one in lot:
            total = await self._answer(self._source.history_total(one.issue_id))
            if total is not None:
                found[one.issue_id] = total
        return found

    async def _answer(self, asked: Coroutine[Any, Any, int | None]) -> int | None:
        """Wait for a number; where many are not answered for, no more is asked."""
        if self._unanswered >= MOST_UNANSWERED:
            asked.close()
            return None
        try:
            return await self._around.patience(self._claim, asked)
        except SiteUnreachable:
            if self._claim.attempt < PLAINLY_SO_FROM:
                raise
            self._unanswered += 1
            return None

    async def _read_again(self, ids: Sequence[IssueId], totals: dict[IssueId, int]) -> int:
        """Read issues of which rows are missing; gives of how many some still are."""
        if not ids:
            return 0
        claim, around = self._claim, self._around
        read = await around.patience(
            claim, reading.read_page(self._source, ids, claim.fields, attempt=claim.attempt)
        )
        self.moved |= await around.vanished.write_found(claim, read, around.clock()) > 0
        whole = {one.issue_id for one in read.issues if one.history_count >= totals[one.issue_id]}
        return len(set(ids) - whole)

    async def _guess(self, project_id: str) -> int | None:
        """Ask how many issues the site guesses there are, of what is collected of a project."""
        selection = self._claim.selection
        if selection is None or not (project_id.isascii() and project_id.isdecimal()):
            return None
        question = jql.of_project(selection, project_id)
        return await self._answer(self._source.estimate(question))


def _differing(lot: Sequence[History], totals: dict[IssueId, int]) -> list[IssueId]:
    return [one.issue_id for one in lot if totals.get(one.issue_id, one.entries) != one.entries]
