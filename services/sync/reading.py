"""Reads pages of issues so that a bad one never stops the good ones."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

import structlog

from services.sync.domain import translate
from services.sync.domain.fields import FieldSet
from services.sync.domain.quarantine import Quarantined, Read, set_aside
from services.sync.sources.answers import PageRefused

Json = dict[str, Any]
# What bulkfetch takes at most.
MOST_AT_ONCE: Final = 100
# So many refusals, and no issue given: it is not the issues that the site stumbles over.
REFUSALS_BELIEVED: Final = 20
logger = structlog.get_logger()


class Issues(Protocol):
    """A site, asked for issues by their ids."""

    async def issues(self, ids: Sequence[str], also: Sequence[str] = ()) -> list[Json]:
        """Read issues by id, with some of the site's own fields."""

    async def changelogs(self, ids: Sequence[str]) -> dict[str, list[Json]]:
        """Read whole changelogs by issue id."""


async def read_page(site: Issues, ids: Sequence[str], fields: FieldSet) -> Read:
    """Read issues with their whole history; those that cannot be kept are set aside, and said.

    `fields` are those of the connection: without them what is stored would lose what they say.
    Where the site refuses a page its halves are asked for, down to the issues it stumbles over.
    PageRefused where it refuses part after part and gives nothing: then it is not the issues.
    """
    read = await _Halving(site, fields).read(ids)
    for bad in read.quarantined:
        logger.warning("issue set aside", issue_id=bad.issue_id, reason=bad.reason)
    return read


class _Halving:
    """Reads a page, and counts what the site refuses of it."""

    def __init__(self, site: Issues, fields: FieldSet) -> None:
        self._site = site
        self._fields = fields
        self._refusals = 0
        self._given = False

    async def read(self, ids: Sequence[str]) -> Read:
        try:
            # In this order: what happens in between is then in the history of an issue that looks
            # older than it is, and the next DELTA reads it again. The other way round it would look
            # known, without the row.
            rows = await self._site.issues(ids, self._fields.ids)
            histories = await self._site.changelogs(ids)
        except PageRefused as refused:
            return await self._halves(ids, refused)
        self._given = True
        return translated(rows, histories, self._fields)

    async def _halves(self, ids: Sequence[str], refused: PageRefused) -> Read:
        self._refusals += 1
        if not self._given and self._refusals >= REFUSALS_BELIEVED:
            raise refused
        if len(ids) == 1:
            return Read(quarantined=(set_aside(ids[0], {}, refused),))
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
