"""What a sweep of everything did not list although it is stored: asked for by id, then judged."""

from collections.abc import Sequence
from dataclasses import replace
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


async def settle_vanished(
    claim: Claim, source: Source, around: Around, *, before: Instant, settled_until: Instant
) -> bool:
    """Mark what the site holds no more as deleted, hold what would be too much; tell of a change.

    `before` is when the sweep began. A search may leave out for a while what is there: only what is
    not given by its id is gone. Every change before `settled_until` is stored, of what was listed.
    """
    census = await around.vanished.unlisted(claim, before)
    # What was set aside and is no more is forgotten: nothing of it is stored.
    unlisted = [*census.missing, *(Missing(one, "", left_scope=True) for one in census.aside)]
    gone, moved, shown = list[Missing](), False, set(census.shown)
    for at in range(0, len(unlisted), reading.MOST_AT_ONCE):
        asked = unlisted[at : at + reading.MOST_AT_ONCE]
        read = await _read(claim, source, around, [one.issue_id for one in asked])
        there = await _still_collected(claim, source, around, read)
        moved |= await around.vanished.write_found(claim, there, around.clock()) > 0
        shown |= {issue.project_id for issue in read.issues}
        known, given = there.ids | there.unanswered, read.ids
        gone += [
            replace(one, left_scope=one.left_scope or one.issue_id in given)
            for one in asked
            if one.issue_id not in known
        ]
    verdict = judged(
        gone,
        census.projects,
        believes=claim.job.believes_vanished,
        shown=shown,
        hidden=claim.connection.unseen.hidden,
    )
    for project_id, held in verdict.held.items():
        logger.warning("vanished issues held", project_id=project_id, count=held)
    await _bury(claim, verdict.deleted, around)
    now = around.clock()
    count = Count(now, counted(census, gone, verdict, now), settled_until, census.lost)
    await around.vanished.note_count(claim, count)
    return moved or bool(verdict.deleted)


async def _read(claim: Claim, source: Source, around: Around, ids: Sequence[IssueId]) -> Read:
    page = reading.read_page(source, ids, claim.fields, attempt=claim.attempt)
    return await around.patience(claim, page)


async def _bury(claim: Claim, deleted: Sequence[IssueId], around: Around) -> None:
    for at in range(0, len(deleted), BURIED_AT_ONCE):
        some = deleted[at : at + BURIED_AT_ONCE]
        await around.vanished.bury(claim, some, around.clock())


async def _still_collected(claim: Claim, source: Source, around: Around, read: Read) -> Read:
    """Leave out what is there, and is no longer what the connection collects."""
    selection = claim.selection
    if selection is None:
        return read.only(())
    if not selection.clause or not read.ids:
        return read
    question = source.matching(jql.bounded(selection), sorted(read.ids))
    return read.only(await around.patience(claim, question))
