"""Pages of auth's lists: every row once, and no token but ours."""

import base64

import pytest

from jira_analytics.auth.v1.workspace_pb2 import ListMembersRequest
from services.auth.domain.page import Page, Position, Rows, cut
from services.auth.requests.paging import page_of, page_token
from services.kernel.errors import InvalidField


def place(row: int) -> Position:
    return Position(row, f"id/{row}")


def test_what_is_left_out_is_the_first_fifty() -> None:
    """Without size and token: 50 rows from the first one on."""
    assert page_of(ListMembersRequest()) == Page(50)


def test_a_token_leads_to_the_row_after_the_last_one() -> None:
    """The token that a page ends with says its last row, whatever its id holds."""
    shown = cut([1, 2, 3], Page(2), place)
    assert shown == Rows([1, 2], place(2))
    token = page_token(shown.next_after)
    assert page_of(ListMembersRequest(page_token=token, page_size=2)) == Page(2, place(2))


@pytest.mark.parametrize("found", [[], [1], [1, 2]])
def test_the_last_page_has_no_token(found: list[int]) -> None:
    """Where no more rows were found than the page holds, nothing follows."""
    shown = cut(found, Page(2), place)
    assert shown.rows == found
    assert page_token(shown.next_after) == ""


@pytest.mark.parametrize(
    "token",
    [
        "!",
        "a",
        "x" * 201,
        base64.b64encode(b"12").decode(),
        base64.b64encode(b"/id").decode(),
        base64.b64encode(b"-1/id").decode(),
        base64.b64encode("\u0662/id".encode()).decode(),
        base64.b64encode(f"{2**63}/id".encode()).decode(),
        base64.b64encode(b"\xff/id").decode(),
    ],
)
def test_a_bent_token_is_refused(token: str) -> None:
    """What is no token of ours is an invalid page_token, and nothing else."""
    with pytest.raises(InvalidField) as refused:
        page_of(ListMembersRequest(page_token=token))
    assert refused.value.metadata == {"field": "page_token"}


@pytest.mark.parametrize("size", [-1, 1001])
def test_a_size_out_of_bounds_is_refused(size: int) -> None:
    """A page holds 1 to 1000 rows."""
    with pytest.raises(InvalidField):
        page_of(ListMembersRequest(page_size=size))
