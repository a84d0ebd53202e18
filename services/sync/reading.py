"""Reads pages of issues so that a bad one never stops the good ones."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

import structlog

from services.kernel.errors import SiteUnreachable
from services.sync.domain import translate
from services.sync.domain.attempts import PLAINLY_SO_FROM
from services.sync.domain.fields import FieldSet
from services.sync.domain.quarantine import Quarantined, Read, set_aside
from services.sync.sources.answers import PageRefused

Json = dict[str, Any]
# What bulkfetch takes at most.
MOST_AT_ONCE: Final = 100
# So many refusals, and no issue given: it is not the issues that the site stumbles over.
REFUSALS_BELIEVED: Final = 20
# A page that a site plainly does not answer for is asked for by halves, as one that it refuses: it
# may be one issue that it stumbles over. Until this attempt that is believed only where it has
# answered for others of the page.
ALONE_FROM: Final = 8
logger = structlog.get_logger()


class Issues(Protocol):
    """A site, asked for issues by their ids."""

    async def issues(self, ids: Sequence[str], also: Sequence[str] = ()) -> list[Json]:
        """Read issues by id, with some of the site's own fields."""

    async def changelogs(self, ids: Sequence[str]) -> dict[str, list[Json]]:
        """Read whole changelogs by issue id."""


async def read_page(
    site: Issues, ids: Sequence[str], fields: FieldSet, *, attempt: int = 1
) -> Read:
    """Read issues with their whole history; those that cannot be kept are set aside, and said.

    `fields` are those of the connection: without them what is stored would lose what they say.
    Where the site refuses a page its halves are asked for, down to the issues it stumbles over.
    PageRefused where it refuses part after part and gives nothing: then it is not the issues.
    Where it gives no answer, at a later `attempt`, the same: SiteUnreachable is for all of a page.
    """
    halving = _Halving(site, fields, attempt)
    read = await halving.read(ids)
    if halving.away and not halving.given and attempt < ALONE_FROM:
        raise halving.away
    for bad in read.quarantined:
        logger.warning("issue set aside", issue_id=bad.issue_id, reason=bad.reason)
    return read


class _Halving:
    """Reads a page, and counts what the site refuses of it.

    `given`: it has answered for some of it; `away`: it has not for some, at this attempt either.
    """

    def __init__(self, site: Issues, fields: FieldSet, attempt: int) -> None:
        self._site = site
        self._fields = fields
        self._attempt = attempt
        self._refusals = 0
        self.given = False
        self.away: SiteUnreachable | None = None

    async def read(self, ids: Sequence[str]) -> Read:
        try:
            # In this order: what happens in between is then in the history of an issue that looks
            # older than it is, and the next DELTA reads it again. The other way round it would look
            # known, without the row.
            rows = await self._site.issues(ids, self._fields.ids)
            histories = await self._site.changelogs(ids)
        except PageRefused as refused:
            return await self._halves(ids, refused)
        except SiteUnreachable as away:
            if self._attempt < PLAINLY_SO_FROM:
                raise
            self.away = away
            return await self._halves(ids, away)
        self.given = True
        return translated(rows, histories, self._fields)

    async def _halves(self, ids: Sequence[str], refused: PageRefused | SiteUnreachable) -> Read:
        self._refusals += 1
        if not self.given and self._refusals >= REFUSALS_BELIEVED:
            raise refused
        if len(ids) == 1:
            return Read(quarantined=(set_aside(ids[0], None, refused),))
        middle = len(ids) // 2
        return await self.read(ids[:middle]) + await self.read(ids[middle:])


def translated(
    rows: Sequence[Json], histories: Mapping[str, Sequence[Json]], fields: FieldSet
) -> Read:
    """Translate what the site gave; those that cannot be kept are set aside."""
    issues, bad = [], list[Quarantined]()
    for row in rows:
        issue_id = str(row.get("id"))
        try:
            issues.append(translate.issue(row, histories.get(issue_id, ()), fields))
        except translate.Untranslatable as reason:
            bad.append(set_aside(issue_id, row, reason))
    return Read(tuple(issues), tuple(bad))
