"""Lengths, instants and changes as people say them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from client.commands.sites import name_of
from client.show.changes import TIMES, Better, change
from client.show.figures import NONE
from client.show.spans import in_days, in_words, moment_in_words
from client.show.windows import window_before, window_in_words

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (timedelta(), "0 s"),
        (timedelta(milliseconds=19), "0.019 s"),
        (timedelta(seconds=42), "42 s"),
        (timedelta(seconds=59.9), "59.9 s"),
        (timedelta(minutes=1), "1 min"),
        (timedelta(minutes=59, seconds=29), "59 min"),
        (timedelta(minutes=59, seconds=40), "1 h"),
        (timedelta(hours=5, minutes=10), "5 h 10 min"),
        (timedelta(hours=5), "5 h"),
        (timedelta(hours=23, minutes=59, seconds=29), "23 h 59 min"),
        (timedelta(hours=23, minutes=59, seconds=50), "1.0 d"),
        (timedelta(days=3, hours=5), "3.2 d"),
        (timedelta(days=99.94), "99.9 d"),
        (timedelta(days=99.96), "100 d"),
        (timedelta(days=133.4), "133 d"),
        (timedelta(days=1166), "1,166 d"),
    ],
)
def test_a_length_of_time_is_said_in_the_unit_that_fits(span: timedelta, said: str) -> None:
    assert in_words(span) == said


def test_lengths_to_compare_are_all_in_days() -> None:
    assert in_days(timedelta(hours=6)) == "0.2 d"


@pytest.mark.parametrize(
    ("current", "previous", "better", "said", "style"),
    [
        (91, 75, Better.MORE, "▲ 21 %", "green"),
        (75, 91, Better.MORE, "▼ 18 %", "red"),
        (2.0, 4.0, Better.LESS, "▼ 50 %", "green"),
        (4.0, 2.0, Better.LESS, "▲ 100 %", "red"),
        (3, 2, Better.NEITHER, "▲ 50 %", "cyan"),
        (5, 0, Better.LESS, "▲ from none", "red"),
        (0, 5, Better.LESS, "▼ 100 %", "green"),
        (1000, 1001, Better.NEITHER, "▼ < 1 %", "cyan"),
        (120, 10, Better.NEITHER, f"▲ {TIMES} 12", "cyan"),
        (7, 7, Better.MORE, "= the same", "dim"),
        (0, 0, Better.MORE, "= the same", "dim"),
        (None, 7, Better.MORE, NONE, "dim"),
        (7, None, Better.MORE, NONE, "dim"),
    ],
)
def test_a_change_has_a_direction_a_size_and_a_judgement(
    *, current: float | None, previous: float | None, better: Better, said: str, style: str
) -> None:
    text = change(current, previous, better=better)
    assert (text.plain, text.style) == (said, style)


def test_whole_days_are_said_by_the_first_and_the_last() -> None:
    start, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
    assert window_in_words(start, end) == "1 Jan 2026 to 31 Mar 2026 (90 days)"


def test_one_day_is_one_day() -> None:
    start, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
    assert window_in_words(start, end) == "1 Jan 2026 to 1 Jan 2026 (1 day)"


def test_a_window_over_a_change_of_clocks_has_whole_days() -> None:
    start = datetime(2026, 3, 29, tzinfo=BERLIN)
    end = datetime(2026, 3, 30, tzinfo=BERLIN)
    assert window_in_words(start, end).endswith("(1 day)")
    assert window_before(start, end) == (datetime(2026, 3, 28, tzinfo=BERLIN), start)


def test_other_windows_are_said_by_the_minute_with_the_elapsed_time() -> None:
    """23:00 to 5:00 is five hours in the night in which clocks skip one."""
    start = datetime(2026, 3, 28, 23, tzinfo=BERLIN)
    end = datetime(2026, 3, 29, 5, tzinfo=BERLIN)
    assert window_in_words(start, end) == "28 Mar 2026 23:00 to 29 Mar 2026 05:00 (5 h)"
    assert window_before(start, end)[0] == datetime(2026, 3, 28, 18, tzinfo=BERLIN)


def test_an_instant_has_its_zone_and_its_day_where_that_is_another() -> None:
    moment = datetime(2026, 4, 1, 12, 3, 10, tzinfo=BERLIN)
    assert moment_in_words(moment, beside=moment) == "12:03:10 CEST"
    later = moment + timedelta(days=1)
    assert moment_in_words(moment, beside=later) == "1 Apr 2026, 12:03:10 CEST"


@pytest.mark.parametrize(
    ("site", "name"),
    [
        ("https://acme.atlassian.net", "acme"),
        ("https://ACME.atlassian.net/", "acme"),
        ("https://api.atlassian.com/ex/jira/11223344-a1b2-3b33-c444-def123456789", "jira"),
        ("http://127.0.0.1:9080", "jira"),
        ("http://localhost:9080", "jira"),
        ("no address", "jira"),
    ],
)
def test_a_connection_is_named_after_its_site(site: str, name: str) -> None:
    assert name_of(site) == name
