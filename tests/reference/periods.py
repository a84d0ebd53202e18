"""Windows of time and the window before each.

Readings chosen where the definitions leave room:

* An end is at local midnight when it is the first instant of its local date: where clocks skip
  midnight that is the first instant after the gap, where they repeat it the earlier of the two.
"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def local_date(at: int, time_zone: str) -> date:
    """Give the calendar date of an instant (ms) in a time zone."""
    moment = _EPOCH + timedelta(milliseconds=at)
    return moment.astimezone(ZoneInfo(time_zone)).date()


def start_of_day(day: date, time_zone: str) -> int:
    """Give the first instant (ms) of a local calendar date."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(time_zone))
    return (midnight.astimezone(UTC) - _EPOCH) // timedelta(milliseconds=1)


def window_before(start: int, end: int, time_zone: str) -> tuple[int, int]:
    """Give the window of the same length that ends where [start, end) begins.

    Both ends at local midnight: shifted by whole local days, so its elapsed time may differ by the
    hour of a clock change. Otherwise by elapsed time.
    """
    first = local_date(start, time_zone)
    last = local_date(end, time_zone)
    at_midnight = start == start_of_day(first, time_zone) and end == start_of_day(last, time_zone)
    if at_midnight:
        return start_of_day(first - (last - first), time_zone), start
    return start - (end - start), start
