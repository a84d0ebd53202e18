"""What a site's boards estimate with: no field says of itself that it holds the points."""

from collections.abc import Awaitable, Callable, Collection
from typing import Any, Final

from services.kernel.errors import SiteUnreachable
from services.sync.sources.answers import CredentialRefused, OutOfScope, PageRefused, SiteRefuses
from services.sync.sources.lists import only_not_shown
from services.sync.sources.shapes import member, objects

Call = Callable[[str, str], Awaitable[Any]]

BOARDS: Final = "/rest/agile/1.0/board"
PER_PAGE: Final = 50
# Company-managed projects share their fields: who asks a hundred boards has met them.
MOST_BOARDS: Final = 100
# An answer that does not come is waited for for a minute.
MOST_UNREAD: Final = 5


class SomeUnread(PageRefused):
    """Some boards were not told of; `found` is what the others estimate with."""

    def __init__(self, found: Collection[str]) -> None:
        super().__init__("the site does not tell of some boards")
        self.found = found


async def estimating(call: Call) -> set[str] | None:
    """Tell which fields the first boards estimate with; None where they are not shown to us.

    A token that may not list boards is answered as forbidden, or as one that is not taken.
    PageRefused where an answer is no list of boards: that there is none it does not say. A board
    that is not shown is left out; where one is not answered for, SomeUnread.
    """
    try:
        return await _estimates(call)
    except PageRefused:
        raise
    except SiteRefuses:
        return None
    except CredentialRefused:
        await only_not_shown(call)
        return None


async def _estimates(call: Call) -> set[str]:
    found, unread = set[str](), 0
    for board_id in await _scrum_boards(call):
        try:
            answer = await call("GET", f"{BOARDS}/{board_id}/configuration")
            member(answer, "id")
        except (PageRefused, SiteUnreachable):
            unread += 1
            if unread == MOST_UNREAD:
                break
            continue
        except OutOfScope:
            raise
        except SiteRefuses:
            continue
        field_id = _inner(_inner(_inner(answer, "estimation"), "field"), "fieldId")
        if isinstance(field_id, str):
            found.add(field_id)
    if unread:
        raise SomeUnread(found)
    return found


async def _scrum_boards(call: Call) -> list[int]:
    """List the first boards that estimate; those of team-managed projects have a known field."""
    found: list[int] = []
    start = 0
    while len(found) < MOST_BOARDS:
        answer = await call("GET", f"{BOARDS}?type=scrum&startAt={start}&maxResults={PER_PAGE}")
        rows = objects(member(answer, "values"))
        ids = [row.get("id") for row in rows if row.get("type") == "scrum"]
        found += [board_id for board_id in ids if isinstance(board_id, int)]
        start += len(rows)
        if not rows or _inner(answer, "isLast") is not False:
            break
    return found[:MOST_BOARDS]


def _inner(answer: object, name: str) -> Any:  # noqa: ANN401 - JSON
    return answer.get(name) if isinstance(answer, dict) else None
