"""The fields of a site that are its own: read when they may have changed, since no issue tells."""

from typing import Final

from services.kernel.sync_job import Mode
from services.sync.domain.fields import field_set
from services.sync.ports import Around, Source
from services.sync.store.claims import Claim

GOOD_FOR_MILLISECONDS: Final = 24 * 3600 * 1000


async def settle_fields(claim: Claim, source: Source, around: Around) -> Claim:
    """Read a site's fields where that was a day ago, and whenever everything is read.

    Where they are not what they were, or were never read, what is stored lacks something: the job
    reads everything then, whatever it was to read. Gives the claim as it is then.
    """
    read = claim.connection.fields_read
    old = read is None or around.clock() - read >= GOOD_FOR_MILLISECONDS
    if old or claim.job.mode is Mode.FULL:
        rows = await around.patience(claim, source.fields())
        estimating = await around.patience(claim, source.estimating())
        found = field_set(rows, estimating, known=claim.connection.fields)
        claim = await around.runs.know_fields(claim, around.clock(), found)
    if claim.connection.state.fields_settled or claim.job.mode is Mode.FULL:
        return claim
    return await around.runs.begin_again(claim)
