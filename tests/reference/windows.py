"""The ten fixed windows over the 1,520 real issues."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Window:
    """A question: [start, end) and as_of in ms since the epoch, IANA zone, filters (empty: all)."""

    name: str
    start: int
    end: int
    time_zone: str
    as_of: int
    projects: tuple[str, ...] = ()
    issue_types: tuple[str, ...] = ()


def instant_of(local_time: str, time_zone: str = "UTC") -> int:
    """Give the ms since the epoch of a local wall-clock time (whole seconds)."""
    moment = datetime.fromisoformat(local_time).replace(tzinfo=ZoneInfo(time_zone))
    return int(moment.timestamp()) * 1000


TODAY = instant_of("2026-11-01T00:00:00")


def _window(name: str, start: str, end: str, time_zone: str, *, as_of: int = TODAY) -> Window:
    return Window(name, instant_of(start, time_zone), instant_of(end, time_zone), time_zone, as_of)


def _filtered(
    window: Window, *, projects: tuple[str, ...] = (), issue_types: tuple[str, ...] = ()
) -> Window:
    return Window(
        window.name,
        window.start,
        window.end,
        window.time_zone,
        window.as_of,
        projects=projects,
        issue_types=issue_types,
    )


WINDOWS = (
    # The 90 days before 2012-04-01, with all that became known later.
    _window("densest_quarter_known_today", "2012-01-02", "2012-04-01", "UTC"),
    # The same days, with what was known at their end: later reopenings have not happened yet.
    _window(
        "densest_quarter_known_then",
        "2012-01-02",
        "2012-04-01",
        "UTC",
        as_of=instant_of("2012-04-01"),
    ),
    # Clocks go forward on 2012-03-11: 27 local days of 647 hours, and 27 days of 648 before them.
    _window("across_dst_new_york", "2012-02-27", "2012-03-25", "America/New_York"),
    # Six finished, one cycle time: percentiles and means withheld.
    _window("fewer_than_ten_finished", "2011-10-15", "2011-11-15", "Europe/Berlin"),
    # Before the first issue: nothing at all.
    _window("empty", "2006-01-01", "2007-01-01", "UTC"),
    # A whole year whose days begin half an hour off the hour.
    _window("year_2010_kolkata", "2010-01-01", "2011-01-01", "Asia/Kolkata"),
    # as_of in the middle of the window: WIP, ages and workload are taken there, not at its end.
    _window(
        "as_of_inside_sydney",
        "2014-01-01",
        "2015-01-01",
        "Australia/Sydney",
        as_of=instant_of("2014-08-15T16:30:00"),
    ),
    _filtered(
        _window("two_projects_london", "2012-01-01", "2013-01-01", "Europe/London"),
        projects=("CB", "FLEX"),
    ),
    _filtered(
        _window("bugs_tokyo", "2014-01-01", "2015-01-01", "Asia/Tokyo"), issue_types=("Bug",)
    ),
    # Not at local midnight and across a change of the clocks: the window before has as many hours.
    _window(
        "not_at_midnight_los_angeles",
        "2009-01-15T09:30:00",
        "2009-06-30T17:45:00",
        "America/Los_Angeles",
    ),
)
