"""The keys of projects: no issue tells that its project, and so itself, is called otherwise."""

from typing import Final

import structlog

from services.kernel.sync_job import Mode
from services.sync import reading
from services.sync.ports import Around, Source
from services.sync.store.claims import Claim

PROJECTS: Final = "/rest/api/3/project/search"
# Fifty at once: a hundred calls a day at most.
MOST_PROJECTS: Final = 5000
logger = structlog.get_logger()


async def settle_projects(claim: Claim, source: Source, around: Around) -> bool:
    """Read again, once a day, what is stored under a key that its project has no more.

    Tells whether anything changed by it. A FULL has read everything anyhow. Issues are known by id,
    so that what is not read yet is found again by whoever takes over.
    """
    if claim.job.mode is not Mode.CENSUS:
        return False
    listed = await around.patience(claim, source.paged(PROJECTS, MOST_PROJECTS))
    if listed is None:
        logger.warning("the site does not list projects", connection_id=claim.connection_id)
    keys = {str(one.get("id")): str(one["key"]) for one in listed or () if one.get("key")}
    former = await around.vanished.called_otherwise(claim, keys) if keys else ()
    moved = False
    for at in range(0, len(former), reading.MOST_AT_ONCE):
        some = former[at : at + reading.MOST_AT_ONCE]
        page = reading.read_page(source, some, claim.fields, attempt=claim.attempt)
        read = await around.patience(claim, page)
        moved |= await around.vanished.write_found(claim, read, around.clock()) > 0
    return moved
