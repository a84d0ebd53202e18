"""Instants in JQL: epoch milliseconds, dates to the minute, periods from now, and functions."""

import re
from datetime import UTC, datetime, timedelta

from twin.jql_tokens import JqlError, Token

_DATE_FORMATS = ("%Y/%m/%d %H:%M", "%Y-%m-%d %H:%M", "%Y/%m/%d", "%Y-%m-%d")
_UNITS_MS = {"m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_PERIOD = re.compile(r"([+-]?)((?:\d+[wdhm]\s*)+)")


def instant(value: Token, field: str, *, now_ms: int) -> int:
    """Read an instant; JqlError where it is none.

    Unquoted epoch milliseconds are absolute; a date is of minute granularity, in the user's zone,
    which is UTC here; a period (`-10m`, `"-4w 2d"`) counts from now.
    """
    if value.kind == "word" and re.fullmatch(r"-?\d+", value.text):
        return int(value.text)
    period = _PERIOD.fullmatch(value.text.strip())
    if period is not None:
        parts = re.findall(r"(\d+)([wdhm])", period[2])
        length = sum(int(count) * _UNITS_MS[unit] for count, unit in parts)
        return now_ms - length if period[1] == "-" else now_ms + length
    for shape in _DATE_FORMATS:
        try:
            found = datetime.strptime(value.text, shape).replace(tzinfo=UTC)
        except ValueError:
            continue
        return round(found.timestamp() * 1000)
    raise JqlError(
        f"Date value '{value.text}' for field '{field}' is invalid. Valid formats include: "
        "'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format "
        "e.g. '-5d', '4w 2d'."
    )


def function(name: Token, *, now_ms: int) -> int:
    """Give the instant of a function without arguments; JqlError where Jira has none of it."""
    now = datetime.fromtimestamp(now_ms / 1000, tz=UTC)
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    # Jira's week begins on a Sunday
    week = day - timedelta(days=(day.weekday() + 1) % 7)
    instants = {
        "now": now,
        "startofday": day,
        "startofweek": week,
        "startofmonth": day.replace(day=1),
        "startofyear": day.replace(month=1, day=1),
    }
    found = instants.get(name.text.lower())
    if found is None:
        raise JqlError(f"Unable to find JQL function '{name.text}()'.")
    return round(found.timestamp() * 1000)
