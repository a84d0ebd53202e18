"""Which page of a list is asked for."""

import base64
import binascii
from typing import Final, Protocol

from services.auth.domain.page import Page, Position
from services.kernel.errors import InvalidField

DEFAULT_PAGE: Final = 50
LARGEST_PAGE: Final = 1000
LONGEST_PAGE_TOKEN: Final = 200
# What the database can hold of an instant.
LATEST: Final = 2**63 - 1


class Paged(Protocol):
    """A request for a page of a list."""

    @property
    def page_size(self) -> int:
        """The most rows to answer with."""

    @property
    def page_token(self) -> str:
        """`next_page_token` of the page before."""


def page_of(request: Paged) -> Page:
    """Parse which page is asked for; InvalidField."""
    if not 0 <= request.page_size <= LARGEST_PAGE:
        raise InvalidField("page_size", f"write 1 to {LARGEST_PAGE}")
    return Page(request.page_size or DEFAULT_PAGE, _position_of(request.page_token))


def page_token(after: Position | None) -> str:
    """Make the token of the page that follows a position; empty where there is none."""
    if after is None:
        return ""
    position = f"{after.instant}/{after.row_id}"
    return base64.urlsafe_b64encode(position.encode()).decode().rstrip("=")


def _position_of(token: str) -> Position | None:
    if not token:
        return None
    instant, _, row_id = _decoded(token).partition("/")
    if not (instant.isascii() and instant.isdecimal() and int(instant) <= LATEST and row_id):
        raise InvalidField("page_token", "this is no token of ours")
    return Position(int(instant), row_id)


def _decoded(token: str) -> str:
    try:
        if len(token) > LONGEST_PAGE_TOKEN:
            raise InvalidField("page_token", "this is no token of ours")
        padded = token + "=" * (-len(token) % 4)
        return base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError) as garbled:
        raise InvalidField("page_token", "this is no token of ours") from garbled
