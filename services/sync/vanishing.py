"""What a sweep of everything did not list although it is stored: asked for by id, then judged."""

from collections.abc import Sequence
from typing import Final

import structlog

from services.kernel.ids import Instant, IssueId
from services.sync import reading
from services.sync.domain import jql
from services.sync.domain.completeness import Count
from services.sync.domain.quarantine import Read
from services.sync.domain.vanishing import Missing, counted, judged
from services.sync.ports import Around, Source
from services.sync.store.claims import Claim

BURIED_AT_ONCE: Final = 500
logger = structlog.get_logger()


async def settle_vanished(claim: Claim, source: Source, around: Around, *, before: Instant) -> bool:
    """Mark what the site holds no more as deleted, hold what would be too much; tell of a change.

    `before` is when the sweep began. A search may leave out for a while what is there: only what is
    not given by its id is gone.
    """
    census = await around.vanished.unlisted(claim, before)
    gone, moved = list[Missing](), False
    for at in range(0, len(census.missing), reading.MOST_AT_ONCE):
        asked = census.missing[at : at + reading.MOST_AT_ONCE]
        ids = [one.issue_id for one in asked]
        read = await around.patience(claim, reading.read_page(source, ids, claim.fields))
        there = await _still_collected(claim, source, around, read)
        moved |= await around.vanished.write_found(claim, there, around.clock()) > 0
        left = {issue.issue_id for issue in read.issues} - {one.issue_id for one in there.issues}
        known = {issue.issue_id for issue in there.issues}
        known |= {bad.issue_id for bad in there.quarantined}
        gone += [
            Missing(one.issue_id, one.project_id, left_scope=one.issue_id in left)
            for one in asked
            if one.issue_id not in known
        ]
    verdict = judged(gone, census.projects, believes=claim.job.believes_vanished)
    for project_id, count in verdict.held.items():
        logger.warning("vanished issues held", project_id=project_id, count=count)
    await _bury(claim, verdict.deleted, around)
    now = around.clock()
    await around.vanished.note_count(claim, Count(now, counted(census, gone, verdict, now)))
    return moved or bool(verdict.deleted)


async def _bury(claim: Claim, deleted: Sequence[IssueId], around: Around) -> None:
    for at in range(0, len(deleted), BURIED_AT_ONCE):
        some = deleted[at : at + BURIED_AT_ONCE]
        await around.vanished.bury(claim, some, around.clock())


async def _still_collected(claim: Claim, source: Source, around: Around, read: Read) -> Read:
    """Leave out what is there, and is no longer what the connection collects."""
    selection = claim.connection.selection
    if not selection.clause or not read.issues:
        return read
    ids = [issue.issue_id for issue in read.issues]
    matching = await around.patience(claim, source.matching(jql.bounded(selection), ids))
    there = tuple(issue for issue in read.issues if issue.issue_id in matching)
    return Read(there, read.quarantined)
