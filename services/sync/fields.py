"""The fields of a site that are its own: read when they may have changed, since no issue tells."""

from collections.abc import Collection
from typing import Final

import structlog

from services.kernel.errors import SiteUnreachable
from services.kernel.ids import Instant
from services.kernel.sync_job import Mode
from services.sync.domain.fields import field_set
from services.sync.ports import Around, Source
from services.sync.sources.answers import PageRefused
from services.sync.sources.boards import SomeUnread
from services.sync.store.claims import Claim

GOOD_FOR_MILLISECONDS: Final = 24 * 3600 * 1000
NEVER: Final[Instant] = 0
logger = structlog.get_logger()


async def settle_fields(claim: Claim, source: Source, around: Around) -> Claim:
    """Read a site's fields where that was a day ago, and whenever everything is read.

    Where they are not what they were, or were never read, what is stored lacks something: the job
    reads everything then, whatever it was to read. Gives the claim as it is then.
    """
    read = claim.connection.fields_read
    old = read is None or around.clock() - read >= GOOD_FOR_MILLISECONDS
    if old or claim.job.mode is Mode.FULL:
        rows = await around.patience(claim, source.fields())
        estimating, now = await _estimating(claim, source, around)
        found = field_set(rows, estimating, known=claim.connection.fields)
        claim = await around.runs.know_fields(claim, now, found)
    if claim.connection.state.fields_settled or claim.job.mode is Mode.FULL:
        return claim
    return await around.runs.begin_again(claim)


async def _estimating(
    claim: Claim, source: Source, around: Around
) -> tuple[Collection[str] | None, Instant]:
    """Ask what boards estimate with; gives it, and when the fields are known by it.

    Where the answer cannot be read, or there is none, that is long ago: the next sync asks again.
    What is known holds until then, with what some boards did tell.
    """
    try:
        return await around.patience(claim, source.estimating()), around.clock()
    except (PageRefused, SiteUnreachable) as refused:
        logger.warning("boards not read", connection_id=claim.connection_id, reason=str(refused))
        told = refused.found if isinstance(refused, SomeUnread) else ()
        return {*claim.connection.fields.board_points, *told}, NEVER
