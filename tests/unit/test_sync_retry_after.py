"""How long a site's answer makes us wait: never less than said, never without end."""

import math
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from multidict import CIMultiDict

from services.kernel.period import instant_of
from services.sync.domain.retry_after import said_milliseconds, spread

MOMENT = datetime(2026, 10, 9, 14, 59, 30, tzinfo=UTC)
NOW = instant_of(MOMENT)
SECOND = 1000
DAY = 24 * 3600 * SECOND


def wait(headers: dict[str, str]) -> int | None:
    """Tell how many milliseconds are to be waited; None where nothing is said."""
    return said_milliseconds(headers, NOW)


@pytest.mark.parametrize(
    ("headers", "milliseconds"),
    [
        # Jira's own example, far above what other clients cap it at.
        ({"Retry-After": "1847"}, 1847 * SECOND),
        ({"Retry-After": "5"}, 5 * SECOND),
        ({"Retry-After": " 5 "}, 5 * SECOND),
        ({"Retry-After": "0.5"}, 500),
        ({"Retry-After": "1.0001"}, 1001),
        # An HTTP date, with a zone of its own and with GMT.
        ({"Retry-After": "Fri, 09 Oct 2026 15:00:00 GMT"}, 30 * SECOND),
        ({"Retry-After": "Fri, 09 Oct 2026 17:00:00 +0200"}, 30 * SECOND),
        ({"Retry-After": "Fri, 09 Oct 2026 15:00:00 -0000"}, 30 * SECOND),
        # ISO 8601, with seconds, without, and without a zone.
        ({"X-RateLimit-Reset": "2026-10-09T15:00:30Z"}, 60 * SECOND),
        ({"X-RateLimit-Reset": "2026-10-09T15:00Z"}, 30 * SECOND),
        ({"X-RateLimit-Reset": "2026-10-09T17:00+02:00"}, 30 * SECOND),
        ({"X-RateLimit-Reset": "2026-10-09T15:00"}, 30 * SECOND),
        # What asks for waiting goes before what tells when a quota is new.
        ({"Retry-After": "7", "X-RateLimit-Reset": "2026-10-09T16:00Z"}, 7 * SECOND),
        ({"Retry-After": "soon", "X-RateLimit-Reset": "2026-10-09T15:00Z"}, 30 * SECOND),
    ],
)
def test_what_was_said_is_waited(headers: dict[str, str], milliseconds: int) -> None:
    """Exactly what was said is waited, rounded up to whole milliseconds."""
    assert wait(headers) == milliseconds


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Retry-After": ""},
        {"Retry-After": "soon"},
        {"Retry-After": "nan"},
        {"Retry-After": "Mon, 99 Jan 2026 00:00:00 GMT"},
        {"Retry-After": "Mon, 01 Jan 99999 00:00:00 GMT"},
        {"Retry-After": "Mon, 01 Jan 2026 00:00:00 +9999999999"},
        {"X-RateLimit-Reset": ""},
        {"X-RateLimit-Reset": "tomorrow"},
        {"X-RateLimit-Reset": "2026-13-09T15:00Z"},
        {"X-RateLimit-Remaining": "0"},
        # Told to the minute, a reset may lie behind us and not be over.
        {"X-RateLimit-Reset": "2026-10-09T14:59Z"},
        {"X-RateLimit-Reset": "0001-01-01T00:00+23:59"},
    ],
)
def test_what_was_not_said_is_told(headers: dict[str, str]) -> None:
    """A refusal may name no time, or none that can be read."""
    assert wait(headers) is None


@pytest.mark.parametrize(
    ("headers", "milliseconds"),
    [
        ({"Retry-After": "0"}, 100),
        ({"Retry-After": "-5"}, 100),
        ({"Retry-After": "-inf"}, 100),
        ({"Retry-After": "Thu, 01 Jan 1970 00:00:00 GMT"}, 100),
        ({"Retry-After": "86401"}, DAY),
        ({"Retry-After": "inf"}, DAY),
        ({"Retry-After": "1e400"}, DAY),
        ({"Retry-After": "9" * 5000}, DAY),
        ({"Retry-After": "Fri, 31 Dec 9999 23:59:59 GMT"}, DAY),
        ({"X-RateLimit-Reset": "9999-12-31T23:59:59-23:59"}, DAY),
    ],
)
def test_absurd_times_are_bounded(headers: dict[str, str], milliseconds: int) -> None:
    """A tenth of a second at least, so that nobody spins; a day at most, so that nobody is lost."""
    assert wait(headers) == milliseconds


def test_jitter_only_ever_adds() -> None:
    """Many that wait for the same reset spread over 30 % more, and none comes early."""
    assert spread(100 * SECOND, 0.5) == 115 * SECOND
    assert spread(100 * SECOND, 0) == 100 * SECOND


def test_an_instant_is_one_of_the_sites_clock() -> None:
    """Whatever our clock says: where the answer has a Date, what is left until then counts."""
    at = {"Date": "Fri, 09 Oct 2026 14:00:00 GMT"}
    for said in (
        {"X-RateLimit-Reset": "2026-10-09T14:30Z"},
        {"Retry-After": "Fri, 09 Oct 2026 14:30:00 GMT"},
    ):
        assert wait({**said, **at}) == 1800 * SECOND
    assert wait({"Retry-After": "7", **at}) == 7 * SECOND


def test_header_names_have_no_case() -> None:
    """As the HTTP library gives them, headers are found however a site writes them."""
    headers = CIMultiDict({"retry-after": "3"})
    assert said_milliseconds(headers, NOW) == 3 * SECOND


@settings(deadline=None)
@given(
    st.floats(0, 86_400) | st.integers(0, 86_400),
    st.floats(0, 1, exclude_max=True),
    st.integers(0, 4_000_000_000_000),
)
def test_nobody_asks_earlier_than_said(seconds: float, jitter: float, now: int) -> None:
    """For every time up to a day, whatever the clock and the jitter."""
    said = said_milliseconds({"Retry-After": str(seconds)}, now)
    assert said is not None
    waited = spread(said, jitter)
    assert math.floor(seconds * SECOND) <= waited <= max(seconds, 0.1) * 1.3 * SECOND + 2


@settings(deadline=None)
@given(st.integers(1, 86_400))
def test_nobody_asks_before_a_date(seconds: int) -> None:
    """The same where the time is given as an HTTP date or in ISO 8601."""
    then = MOMENT + timedelta(seconds=seconds)
    for headers in (
        {"Retry-After": format_datetime(then, usegmt=True)},
        {"X-RateLimit-Reset": then.isoformat()},
    ):
        assert said_milliseconds(headers, NOW) == seconds * SECOND


DATES = ["Fri, ", "09 ", "Oct ", "2026 ", "99999 ", "15:00:00 ", "GMT", "+2400", "-9999", "T", "Z"]
DATES += ["2026-10-09", "0001-01-01", "24:00", "+23:59", "-", ":", "\u0661", " ", "W53", "1e"]


@settings(deadline=None, max_examples=300)
@given(st.text() | st.lists(st.sampled_from(DATES), max_size=8).map("".join))
def test_no_header_is_an_error(text: str) -> None:
    """Whatever a site writes there, we wait between a tenth of a second and a day."""
    for name in ("Retry-After", "X-RateLimit-Reset"):
        assert 100 <= (wait({name: text}) or 100) <= DAY
