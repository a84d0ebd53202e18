"""Local days and windows of them, across changes of the clocks."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kernel.period import (
    Period,
    instant_of,
    last_days,
    local_date,
    local_midnight,
    moment_of,
    period_before,
)

HOUR = 3_600_000
DAY = 24 * HOUR
NEW_YORK = ZoneInfo("America/New_York")
ZONES = [
    "America/New_York",
    "Europe/Berlin",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "America/Sao_Paulo",
    "Africa/Cairo",
    "UTC",
]


def at(text: str) -> int:
    """Give the instant of an ISO text."""
    return instant_of(datetime.fromisoformat(text))


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2026, 3, 8), 23), (date(2026, 11, 1), 25), (date(2026, 7, 1), 24)],
)
def test_a_day_in_new_york(day: date, hours: int) -> None:
    """The day the clocks go forward has 23 hours, the day they go back has 25."""
    begins = local_midnight(day, NEW_YORK)
    ends = local_midnight(date.fromordinal(day.toordinal() + 1), NEW_YORK)
    assert ends - begins == hours * HOUR
    assert local_date(begins, NEW_YORK) == day
    assert local_date(begins - 1, NEW_YORK) != day
    assert local_date(ends - 1, NEW_YORK) == day


def test_a_midnight_that_does_not_exist() -> None:
    """Where the clocks go forward at midnight the day begins with the first instant there is."""
    cairo = ZoneInfo("Africa/Cairo")
    begins = local_midnight(date(2024, 4, 26), cairo)
    assert begins == at("2024-04-25T22:00:00+00:00")
    assert local_date(begins, cairo) == date(2024, 4, 26)
    assert local_date(begins - 1, cairo) == date(2024, 4, 25)


def test_the_last_days() -> None:
    """Whole local days, today included, across the change of the clocks."""
    as_of = at("2026-03-09T03:59:00+00:00")  # 23:59 of the 8th in New York
    period = last_days(2, as_of, NEW_YORK)
    assert period == Period(at("2026-03-07T00:00:00-05:00"), at("2026-03-09T00:00:00-04:00"))
    assert period.end - period.start == 47 * HOUR


def test_the_window_before_by_local_days() -> None:
    """A window of whole days is shifted by days: it is an hour longer or shorter then."""
    week = Period(at("2026-03-08T00:00:00-05:00"), at("2026-03-15T00:00:00-04:00"))
    before = period_before(week, NEW_YORK)
    assert before == Period(at("2026-03-01T00:00:00-05:00"), week.start)
    assert (before.end - before.start) - (week.end - week.start) == HOUR


def test_the_window_before_by_elapsed_time() -> None:
    """A window that begins in the middle of a day is shifted by as long as it is."""
    window = Period(at("2026-03-08T01:30:00-05:00"), at("2026-03-08T12:00:00-04:00"))
    before = period_before(window, NEW_YORK)
    assert before.end == window.start
    assert before.end - before.start == window.end - window.start


@given(st.integers(0, 4_000_000_000_000), st.integers(1, 400), st.sampled_from(ZONES))
def test_windows_of_any_days(as_of: int, days: int, name: str) -> None:
    """The window holds now, is so many local days, and the one before ends where it begins."""
    zone = ZoneInfo(name)
    period = last_days(days, as_of, zone)
    assert period.start <= as_of < period.end
    first, end = local_date(period.start, zone), local_date(period.end - 1, zone)
    assert (end - first).days == days - 1
    before = period_before(period, zone)
    assert before.end == period.start
    assert abs((before.end - before.start) - days * DAY) <= DAY + HOUR


@given(st.integers(0, 253_402_300_799_999))
def test_instants_are_exact(instant: int) -> None:
    """A millisecond is a millisecond, there and back."""
    moment = moment_of(instant)
    assert moment.tzinfo is UTC
    assert instant_of(moment) == instant
