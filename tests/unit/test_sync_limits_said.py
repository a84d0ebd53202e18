"""What a site's answers say of its limits, in all the ways sites write it (PROTOCOLS.md)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from multidict import CIMultiDict

from services.sync.domain.limits_said import Points, Refusal, Room, Scope, refusal, room
from services.sync.domain.rates import cost_of, endpoint, rate_of

APP, TENANT = '"global-app-quota"', '"tenant-quota"'


@pytest.mark.parametrize(
    ("reason", "scope", "known"),
    [
        ("jira-quota-global-based", Scope.SITE, True),
        ("jira-quota-tenant-based", Scope.SITE, True),
        ("jira-burst-based", Scope.ENDPOINT, True),
        ("Jira-Burst-Based ", Scope.ENDPOINT, True),
        ("jira-per-issue-on-write", Scope.CALL, True),
        ("jira-cost-based", Scope.ENDPOINT, False),
        ("jira-max-concurrent-threads", Scope.ENDPOINT, False),
        ("", Scope.ENDPOINT, False),
    ],
)
def test_what_a_reason_stops(reason: str, scope: Scope, *, known: bool) -> None:
    """A quota stops the site, a write's limit nothing else, everything else the endpoint."""
    named = reason.strip().lower() if known else "unknown"
    said = refusal({"RateLimit-Reason": reason, "Retry-After": "3"}, 0)
    assert said == Refusal(named, scope, 3000)
    assert refusal({"RateLimit-Reason": reason}, 0).milliseconds is None


@pytest.mark.parametrize("prefix", ["", "Beta-"])
@pytest.mark.parametrize(
    ("policy", "left", "points"),
    [
        (f"{APP};q=65000;w=3600", f"{APP};r=6500;t=2700", Points(0.1, 2_700_000)),
        # Several, in any order: the scarcest counts.
        (
            f"{APP};q=65000;w=3600, {TENANT};q=1000;w=3600",
            f"{TENANT};r=10;t=60, {APP};r=6500;t=60",
            Points(0.01, 60_000),
        ),
        (
            f"{TENANT};w=3600;q=1000,{APP};q=65000;w=3600",
            f"{APP};t=60;r=6500,{TENANT};t=60;r=190",
            Points(0.1, 60_000),
        ),
        # What is left is told and not of how much: it is told from a fifth on.
        ("", f"{APP};r=6500;t=60", Points(0.2, 60_000)),
        ("", f"{APP};r=0;t=60", Points(0.0, 60_000)),
        (f"{APP};q=0;w=3600", f"{APP};r=0", Points(0.0, None)),
        (f"{APP};q=10;w=3600", f"{APP};r=99;t=999999", Points(1.0, 3_600_000)),
        # A policy alone says nothing of what is left.
        (f"{APP};q=65000;w=3600", "", None),
        ("", "", None),
        ("", "what?", None),
        ("", f"{APP};t=60", None),
    ],
)
def test_what_is_left_of_the_points(
    prefix: str, policy: str, left: str, points: Points | None
) -> None:
    """Read from the policies, whatever their order, with and without the prefix."""
    headers = {f"{prefix}RateLimit-Policy": policy, f"{prefix}RateLimit": left}
    assert room(headers).points == points


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"X-RateLimit-Limit": "100", "X-RateLimit-Remaining": "7"}, Room(100, 7)),
        ({"x-ratelimit-limit": " 100 "}, Room(100)),
        ({"X-RateLimit-Limit": "100", "X-RateLimit-NearLimit": "true"}, Room(100, 20)),
        ({"X-RateLimit-NearLimit": "true"}, Room()),
        ({"X-RateLimit-Limit": "0", "X-RateLimit-Remaining": "-1"}, Room()),
        ({"X-RateLimit-Limit": "many", "X-RateLimit-Remaining": "9" * 13}, Room()),
        ({}, Room()),
    ],
)
def test_how_near_a_rate_is(headers: dict[str, str], expected: Room) -> None:
    """Numbers that could be none say nothing."""
    assert room(CIMultiDict(headers)) == expected


@settings(deadline=None, max_examples=50)
@given(st.text(max_size=60), st.text(alphabet='"gqrwt=;, 0123456789', max_size=60))
def test_no_header_is_an_error(text: str, policy: str) -> None:
    """Whatever a site writes there."""
    for name in ("RateLimit", "RateLimit-Policy", "X-RateLimit-Limit", "RateLimit-Reason"):
        for each in (text, policy):
            said = room({"RateLimit": f"{APP};r=1", name: each})
            assert said.points is None or 0 <= said.points.share_left <= 1
            refusal({name: each}, 0)


@pytest.mark.parametrize(
    ("method", "path", "named", "rate"),
    [
        ("GET", "/rest/api/3/status", "GET /rest/api/3/status", 50),
        ("POST", "/rest/api/3/search/jql", "POST /rest/api/3/search/jql", 50),
        ("GET", "/rest/api/3/issue/10001", "GET /rest/api/3/issue/{id}", 75),
        ("GET", "/rest/api/3/issue/AB-7/changelog", "GET /rest/api/3/issue/{id}/changelog", 100),
        ("POST", "/rest/api/3/search/approximate-count", None, 75),
        ("GET", "/rest/agile/1.0/board?type=scrum&startAt=50", "GET /rest/agile/1.0/board", 50),
        ("GET", "/rest/agile/1.0/board/7/sprint", "GET /rest/agile/1.0/board/{id}/sprint", 50),
        ("PUT", "/rest/api/3/issue/10001", "PUT /rest/api/3/issue/{id}", 25),
    ],
)
def test_what_a_call_is_counted_as(method: str, path: str, named: str | None, rate: float) -> None:
    """As its endpoint, whichever issue is asked for; half of Jira's rate is ours."""
    counted = endpoint(method, path)
    assert counted == (named or f"{method} {path}")
    assert rate_of(counted) == rate


@pytest.mark.parametrize(
    ("answer", "cost"),
    [({"issues": [{}] * 50, "isLast": True}, 51), ([{}, {}], 3), ({"count": 7}, 1), (None, 1)],
)
def test_what_an_answer_costs(answer: object, cost: int) -> None:
    """One, and one for each thing read."""
    assert cost_of(answer) == cost
