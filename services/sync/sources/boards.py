"""What a site's boards estimate with: no field says of itself that it holds the points."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final

from services.sync.sources.answers import CredentialRefused, SiteRefuses
from services.sync.sources.lists import only_not_shown

Call = Callable[[str, str], Awaitable[Any]]

BOARDS: Final = "/rest/agile/1.0/board"
PER_PAGE: Final = 50
# Company-managed projects share their fields: who asks a hundred boards has met them.
MOST_BOARDS: Final = 100


async def estimating(call: Call) -> set[str] | None:
    """Tell which fields the first boards estimate with; None where they are not shown to us.

    A token that may not list boards is answered as forbidden, or as one that is not taken.
    """
    try:
        return {field_id async for field_id in _estimates(call)}
    except SiteRefuses:
        return None
    except CredentialRefused:
        await only_not_shown(call)
        return None


async def _estimates(call: Call) -> AsyncIterator[str]:
    for board_id in await _scrum_boards(call):
        answer = await call("GET", f"{BOARDS}/{board_id}/configuration")
        field_id = _inner(_inner(_inner(answer, "estimation"), "field"), "fieldId")
        if isinstance(field_id, str):
            yield field_id


async def _scrum_boards(call: Call) -> list[int]:
    """List the first boards that estimate; those of team-managed projects have a known field."""
    found: list[int] = []
    start = 0
    while len(found) < MOST_BOARDS:
        answer = await call("GET", f"{BOARDS}?type=scrum&startAt={start}&maxResults={PER_PAGE}")
        page = _inner(answer, "values")
        rows = page if isinstance(page, list) else []
        ids = [_inner(row, "id") for row in rows if _inner(row, "type") == "scrum"]
        found += [board_id for board_id in ids if isinstance(board_id, int)]
        start += len(rows)
        if not rows or _inner(answer, "isLast") is not False:
            break
    return found[:MOST_BOARDS]


def _inner(answer: object, name: str) -> Any:  # noqa: ANN401 - JSON
    return answer.get(name) if isinstance(answer, dict) else None
