"""A page token continues the request it came from, for a while."""

import pytest

from twin.clock import Clock, Past
from twin.pages import LIFETIME_MS, Pages, PageTokenError

REQUEST = {"jql": "created >= 0", "fields": ["id"]}


def test_a_token_gives_its_cursor_back() -> None:
    pages = Pages()
    token = pages.token([5, ["CB", 1], 7], request=REQUEST)
    assert pages.cursor(token, request=REQUEST) == [5, ["CB", 1], 7]


def test_a_token_of_another_request_is_refused() -> None:
    pages = Pages()
    token = pages.token([5], request=REQUEST)
    with pytest.raises(PageTokenError):
        pages.cursor(token, request=REQUEST | {"jql": "created >= 1"})


def test_a_token_lives_seven_days_and_no_longer() -> None:
    pages = Pages()
    token = pages.token([5], request=REQUEST)
    pages.clock.passed_ms = LIFETIME_MS - 60_000
    assert pages.cursor(token, request=REQUEST) == [5]
    pages.clock.passed_ms = LIFETIME_MS + 1
    with pytest.raises(PageTokenError):
        pages.cursor(token, request=REQUEST)


@pytest.mark.parametrize("token", ["", "x", "é", "bm90IGpzb24=", "WzFd", "bnVsbA==", "MQ=="])
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(PageTokenError):
        Pages().cursor(token, request=REQUEST)


def test_no_two_tokens_are_alike_also_of_one_place_at_one_instant() -> None:
    """Who guards against a token that comes again must not take an empty page for one."""
    pages = Pages(Clock(source=Past(1)))
    assert pages.token([1], request="a") != pages.token([1], request="a")
