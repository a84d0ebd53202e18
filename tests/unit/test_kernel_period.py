"""Windows and local days, over every kind of clock change."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
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

HOUR, DAY = 3_600_000, 24 * 3_600_000
BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",
    "America/Havana",
    "America/St_Johns",
    "Asia/Beirut",
    "Asia/Kathmandu",
    "Asia/Tehran",
    "Africa/Casablanca",
    "Australia/Lord_Howe",
    "Antarctica/Troll",
    "Pacific/Apia",
    "Pacific/Kiritimati",
    "Pacific/Marquesas",
]
zones = st.sampled_from(ZONES).map(ZoneInfo)
days = st.dates(date(1990, 1, 1), date(2037, 12, 30))
instants = st.integers(631_152_000_000, 2_145_916_800_000)


def utc(text: str) -> int:
    """Read an instant that is written in UTC."""
    return instant_of(datetime.fromisoformat(text).replace(tzinfo=UTC))


@pytest.mark.parametrize(
    ("day", "zone", "begins", "hours"),
    [
        ("2026-03-07", "America/New_York", "2026-03-07T05:00", 24),
        ("2026-03-08", "America/New_York", "2026-03-08T05:00", 23),
        ("2026-11-01", "America/New_York", "2026-11-01T04:00", 25),
        ("2026-11-02", "America/New_York", "2026-11-02T05:00", 24),
        ("2026-03-29", "Europe/Berlin", "2026-03-28T23:00", 23),
        ("2026-10-25", "Europe/Berlin", "2026-10-24T22:00", 25),
        # Half an hour of summer time.
        ("2026-10-04", "Australia/Lord_Howe", "2026-10-03T13:30", 23.5),
        # There is no midnight: the day begins at one.
        ("2018-11-04", "America/Sao_Paulo", "2018-11-04T03:00", 23),
        ("2026-03-29", "Asia/Beirut", "2026-03-28T22:00", 23),
        # Midnight comes twice: the day begins with the first.
        ("2026-11-01", "America/Havana", "2026-11-01T04:00", 25),
        # The hour before midnight comes twice: it is the day before's.
        ("2018-02-17", "America/Sao_Paulo", "2018-02-17T02:00", 25),
        ("2018-02-18", "America/Sao_Paulo", "2018-02-18T03:00", 24),
        # A day that never was.
        ("2011-12-29", "Pacific/Apia", "2011-12-29T10:00", 24),
        ("2011-12-30", "Pacific/Apia", "2011-12-30T10:00", 0),
        ("2011-12-31", "Pacific/Apia", "2011-12-30T10:00", 24),
        ("2026-01-01", "Asia/Kathmandu", "2025-12-31T18:15", 24),
    ],
)
def test_a_day_is_as_long_as_it_is(day: str, zone: str, begins: str, hours: float) -> None:
    """It begins with the first instant that is its own, and ends where the next begins."""
    local, where = date.fromisoformat(day), ZoneInfo(zone)
    start = local_midnight(local, where)
    assert start == utc(begins)
    assert local_midnight(local + timedelta(days=1), where) - start == hours * HOUR


@settings(deadline=None, max_examples=300)
@given(days, zones)
def test_midnight_is_the_first_instant_of_its_day(day: date, zone: ZoneInfo) -> None:
    """The instant is of the day or, where the day never was, later; the one before it is not."""
    start = local_midnight(day, zone)
    assert local_date(start - 1, zone) < day <= local_date(start, zone)


@settings(deadline=None)
@given(st.integers(-62_135_596_800_000, 253_402_300_799_999))
def test_instants_and_moments_are_the_same_to_the_millisecond(instant: int) -> None:
    """No float stands between them, in any year."""
    assert instant_of(moment_of(instant)) == instant


def test_what_is_finer_than_a_millisecond_is_cut() -> None:
    """The instant is the millisecond a moment lies in, before 1970 too."""
    assert instant_of(datetime(1970, 1, 1, microsecond=1999, tzinfo=UTC)) == 1
    assert instant_of(datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)) == -1


def test_the_last_days_end_with_today() -> None:
    """Whole local days: today is one of them, to its end."""
    as_of = utc("2026-10-09T12:00")
    assert last_days(7, as_of, BERLIN) == Period(utc("2026-10-02T22:00"), utc("2026-10-09T22:00"))
    assert last_days(1, as_of, BERLIN) == Period(utc("2026-10-08T22:00"), utc("2026-10-09T22:00"))


def test_at_midnight_a_day_begins() -> None:
    """Exactly at local midnight it is the new day; a millisecond before it is not."""
    midnight = utc("2026-10-09T04:00")
    assert local_date(midnight, NEW_YORK) == date(2026, 10, 9)
    assert last_days(1, midnight, NEW_YORK) == Period(midnight, midnight + DAY)
    assert last_days(1, midnight - 1, NEW_YORK) == Period(midnight - DAY, midnight)


@pytest.mark.parametrize(
    ("as_of", "zone", "start", "end"),
    [
        ("2026-03-08T12:00", NEW_YORK, "2026-03-02T05:00", "2026-03-09T04:00"),
        ("2026-11-01T12:00", NEW_YORK, "2026-10-26T04:00", "2026-11-02T05:00"),
        ("2026-03-29T12:00", BERLIN, "2026-03-22T23:00", "2026-03-29T22:00"),
        ("2026-10-25T12:00", BERLIN, "2026-10-18T22:00", "2026-10-25T23:00"),
    ],
)
def test_a_week_with_a_clock_change_is_a_week(
    as_of: str, zone: ZoneInfo, start: str, end: str
) -> None:
    """It has seven local days, and an hour less or more."""
    assert last_days(7, utc(as_of), zone) == Period(utc(start), utc(end))


@settings(deadline=None, max_examples=300)
@given(st.integers(1, 400), instants, zones)
def test_the_last_days_hold_the_present(count: int, as_of: int, zone: ZoneInfo) -> None:
    """A window of days holds the instant it was asked at, and begins and ends at midnights."""
    period = last_days(count, as_of, zone)
    assert period.start <= as_of < period.end
    assert abs((period.end - period.start) - count * DAY) <= 25 * HOUR


@pytest.mark.parametrize(
    ("period", "start"),
    [
        # Seven local days, one of 23 hours, follow on seven days of 24.
        (("2026-03-29T22:00", "2026-04-05T22:00"), "2026-03-22T23:00"),
        (("2026-03-22T23:00", "2026-03-29T22:00"), "2026-03-15T23:00"),
        (("2026-10-18T22:00", "2026-10-25T23:00"), "2026-10-11T22:00"),
        (("2026-10-25T23:00", "2026-11-01T23:00"), "2026-10-18T22:00"),
        # A month is as many days, not the month before.
        (("2026-02-28T23:00", "2026-03-31T22:00"), "2026-01-28T23:00"),
        # Not midnights: by elapsed time, over the clock change, too.
        (("2026-03-29T10:00", "2026-03-30T10:00"), "2026-03-28T10:00"),
        (("2026-03-29T22:00", "2026-03-30T10:00"), "2026-03-29T10:00"),
        (("2026-03-29T10:00", "2026-03-29T22:00"), "2026-03-28T22:00"),
    ],
)
def test_the_window_before(period: tuple[str, str], start: str) -> None:
    """Between local midnights it is shifted by whole days, else by the time that passed."""
    window = Period(*(utc(end) for end in period))
    assert period_before(window, BERLIN) == Period(utc(start), window.start)


def test_the_window_before_where_there_is_no_midnight() -> None:
    """A day that begins at one is a whole day all the same."""
    zone = ZoneInfo("America/Sao_Paulo")
    window = Period(utc("2018-11-04T03:00"), utc("2018-11-05T02:00"))
    assert period_before(window, zone) == Period(utc("2018-11-03T03:00"), window.start)


@settings(deadline=None, max_examples=300)
@given(st.integers(1, 100), instants, zones)
def test_windows_before_windows_leave_no_gap(count: int, as_of: int, zone: ZoneInfo) -> None:
    """Going back again and again, each window ends where the one after it begins."""
    period = last_days(count, as_of, zone)
    for _ in range(3):
        before = period_before(period, zone)
        assert before.end == period.start
        assert before.start < before.end
        period = before
