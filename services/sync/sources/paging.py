"""Lists that a site gives page by page, each page with the token of the next."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from services.sync.sources.answers import BrokenOff, PageRefused
from services.sync.sources.shapes import member, objects

Json = dict[str, Any]
NEXT = "nextPageToken"
# Sites do give empty pages in between, but not so many.
MOST_IDLE = 50


async def pages(
    ask: Callable[[Json], Awaitable[Any]], body: Json, *, rows: str
) -> AsyncIterator[list[Json]]:
    """Give the rows of page after page, to the end.

    BrokenOff where the site does not go on: it refuses its own token, which may have expired, gives
    one twice, or goes on and on without a row that the page before did not have: that never ends.
    """
    page, seen = await ask(body), set[str]()
    before, idle = list[Json](), 0
    while True:
        here = objects(member(page, rows))
        yield here
        idle = idle + 1 if here in ([], before) else 0
        before = here or before
        token = page.get(NEXT)
        if not token:
            return
        if not isinstance(token, str):
            raise PageRefused("the site names its pages in a way that cannot be read")
        if token in seen or idle >= MOST_IDLE:
            raise BrokenOff("the site gives the same page again and again")
        seen.add(token)
        try:
            page = await ask({**body, NEXT: token})
        except PageRefused as refused:
            raise BrokenOff(f"the site does not go on with a list: {refused}") from refused
