"""Versions, sprints and workflows: read by the census, since no issue tells of them."""

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote

from services.kernel.sync_job import Mode
from services.sync.domain.site_lists import Kind, SiteList, rows_of, sprint, version, workflow
from services.sync.ports import Around, Source
from services.sync.store.claims import Claim

BOARDS: Final = "/rest/agile/1.0/board"
WORKFLOWS: Final = "/rest/api/3/workflows/search"
# So many calls a day at most: two hundred for versions, two hundred for sprints, and some.
MOST_PROJECTS: Final = 100
MOST_BOARDS: Final = 100
MOST_OF_EACH: Final = 100
MOST_WORKFLOWS: Final = 1000
# What has sprints; a board of the kanban kind has none, and refuses to be asked.
WITH_SPRINTS: Final = frozenset({"scrum", "simple"})
Json = dict[str, Any]


async def settle_lists(claim: Claim, source: Source, around: Around) -> None:
    """Note what the site lists now, as a part of a census; what it does not show stays as it was.

    No answer is made of it: no revision is raised, and no sync fails of it.
    """
    if claim.job.mode is not Mode.CENSUS:
        return
    run = _Listing(claim, source, around)
    projects, all_of_them = await around.lists.projects(claim, MOST_PROJECTS)
    paths = [f"/rest/api/3/project/{quote(one, safe='')}/version" for one in projects]
    versions, told = await run.read(paths)
    if told or not paths:
        rows, sound = rows_of(versions, version)
        whole = sound and all_of_them and run.whole
        await run.note(Kind.VERSIONS, rows, whole=whole)
    await run.sprints(projects, all_of_them=all_of_them)
    await run.workflows()


class _Listing:
    """One census's reading; `whole` while nothing of a list was left out."""

    def __init__(self, claim: Claim, source: Source, around: Around) -> None:
        self._claim = claim
        self._source = source
        self._around = around
        self.whole = True

    async def read(self, paths: Sequence[str], most: int = MOST_OF_EACH) -> tuple[list[Json], bool]:
        """Read some lists, and tell whether any of them was shown."""
        self.whole, found, told = True, list[Json](), False
        for path in paths:
            rows = await self._around.patience(self._claim, self._source.paged(path, most))
            self.whole &= rows is not None and len(rows) < most
            told |= rows is not None
            found += rows or ()
        return found, told

    async def sprints(self, projects: Sequence[str], *, all_of_them: bool) -> None:
        """Read the sprints of the boards of the projects that are collected."""
        boards, told = await self.read([BOARDS], MOST_BOARDS)
        if not told:
            return
        whole = self.whole and all_of_them
        ours = [one["id"] for one in boards if _is_of(one, projects)]
        raws, told = await self.read([f"{BOARDS}/{board}/sprint" for board in ours])
        if told or not ours:
            rows, sound = rows_of(raws, sprint)
            await self.note(Kind.SPRINTS, rows, whole=whole and self.whole and sound)

    async def workflows(self) -> None:
        """Read the workflows; who is no administrator may be shown some, or none."""
        raws, told = await self.read([WORKFLOWS], MOST_WORKFLOWS)
        if told:
            rows, sound = rows_of(raws, workflow)
            await self.note(Kind.WORKFLOWS, rows, whole=self.whole and sound)

    async def note(self, kind: Kind, rows: Sequence[Json], *, whole: bool) -> None:
        """Keep what was read."""
        listed = SiteList(kind, self._around.clock(), rows, whole)
        await self._around.lists.note(self._claim, listed)


def _is_of(board: Json, projects: Sequence[str]) -> bool:
    location = board.get("location")
    project = location.get("projectId") if isinstance(location, dict) else None
    kind = board.get("type")
    known = isinstance(board.get("id"), int) and isinstance(kind, str) and kind in WITH_SPRINTS
    return known and str(project) in projects
