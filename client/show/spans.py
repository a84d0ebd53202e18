"""Lengths of time and instants, as people say them; each length is exact elapsed time."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from google.protobuf.timestamp_pb2 import Timestamp

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
TENTHS_BELOW_DAYS = 100


def in_words(span: timedelta) -> str:
    """Say a length of time, in days where there is one.

    >>> in_words(timedelta(days=3, hours=5)), in_words(timedelta(hours=5, minutes=10))
    ('3.2 d', '5 h 10 min')
    """
    if span < MINUTE:
        return f"{span.total_seconds():.3g} s"
    minutes = round(span / MINUTE)
    if minutes < HOUR / MINUTE:
        return f"{minutes} min"
    if minutes < DAY / MINUTE:
        return f"{minutes // 60} h {minutes % 60} min" if minutes % 60 else f"{minutes // 60} h"
    return in_days(span)


def in_days(span: timedelta) -> str:
    """Say a length of time in days, so that several compare at a glance.

    >>> in_days(timedelta(hours=12)), in_days(timedelta(days=1412, hours=1))
    ('0.5 d', '1,412 d')
    """
    days = round(span / DAY, 1)
    return f"{days:.1f} d" if days < TENTHS_BELOW_DAYS else f"{span / DAY:,.0f} d"


def local(timestamp: Timestamp, zone: ZoneInfo) -> datetime:
    """Take an instant from a message, by the clocks of a zone."""
    return datetime.fromtimestamp(timestamp.ToMilliseconds() / 1000, zone)


def moment_in_words(moment: datetime, *, beside: datetime) -> str:
    """Say an instant with its zone, and its date where that is another than the one beside it."""
    time = f"{moment:%H:%M:%S} {moment.tzname()}"
    same_day = moment.date() == beside.astimezone(moment.tzinfo).date()
    return time if same_day else f"{day_in_words(moment)}, {time}"


def day_in_words(day: date) -> str:
    """Say a day; an instant's is the one it lies in."""
    return f"{day.day} {day:%b %Y}"
