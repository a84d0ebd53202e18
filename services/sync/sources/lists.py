"""Lists of a site that no sync rests on: what is not shown, or broken, is not told.

Each gives None where the site does not show it, or does not answer: whatever is asked next tells
which. A wait is a wait, and a credential that is taken no more is not tried with the next list.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, Final
from urllib.parse import quote

from services.kernel.errors import SiteUnreachable
from services.sync.sources.answers import CredentialRefused, PageRefused, SiteRefuses
from services.sync.sources.shapes import member, objects

Json = dict[str, Any]
Call = Callable[[str, str], Awaitable[Any]]

PER_PAGE: Final = 50
MYSELF: Final = "/rest/api/3/myself"


async def only_not_shown(call: Call) -> None:
    """Tell a list that is refused for want of a right from a credential that is taken no more.

    Sites may say 401 to both. CredentialRefused where it is the credential.
    """
    with suppress(SiteRefuses, SiteUnreachable):
        await call("GET", MYSELF)


async def accounts(call: Call, ids: Sequence[str]) -> list[Json] | None:
    """Read accounts by their ids, fifty at most; none where the site stumbles over one of them."""
    asked = "".join(f"&accountId={quote(account_id, safe='')}" for account_id in ids)
    try:
        answer = await call("GET", f"/rest/api/3/user/bulk?maxResults={PER_PAGE}{asked}")
        return objects(member(answer, "values"))
    except PageRefused:
        return []
    except (SiteRefuses, SiteUnreachable):
        return None
    except CredentialRefused:
        await only_not_shown(call)
        return None


async def paged(call: Call, path: str, most: int) -> list[Json] | None:
    """Read a list that is paged by offset, so much of it at most."""
    found: list[Json] = []
    try:
        while len(found) < most:
            answer = await call("GET", f"{path}?startAt={len(found)}&maxResults={PER_PAGE}")
            rows = objects(member(answer, "values"))
            found += rows
            if not rows or answer.get("isLast") is not False:
                break
    except (SiteRefuses, SiteUnreachable):
        return None
    except CredentialRefused:
        await only_not_shown(call)
        return None
    return found[:most]
