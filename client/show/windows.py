"""Windows of time, as people say them."""

from datetime import UTC, datetime, time, timedelta

from client.show.spans import day_in_words, in_words


def window_in_words(start: datetime, end: datetime) -> str:
    """Say a half-open window: by its first and last day where it is made of whole local days."""
    if _whole_days(start, end):
        days = (end.date() - start.date()).days
        last = end.date() - timedelta(days=1)
        counted = "1 day" if days == 1 else f"{days:,} days"
        return f"{day_in_words(start)} to {day_in_words(last)} ({counted})"
    elapsed = end.astimezone(UTC) - start.astimezone(UTC)
    return f"{_to_the_minute(start)} to {_to_the_minute(end)} ({in_words(elapsed)})"


def window_before(start: datetime, end: datetime) -> tuple[datetime, datetime]:
    """Tell the window that figures are compared with: as many local days, else as much time."""
    if _whole_days(start, end):
        return start - (end.date() - start.date()), start
    elapsed = end.astimezone(UTC) - start.astimezone(UTC)
    return (start.astimezone(UTC) - elapsed).astimezone(start.tzinfo), start


def _whole_days(start: datetime, end: datetime) -> bool:
    return start.date() < end.date() and _begins_a_day(start) and _begins_a_day(end)


def _begins_a_day(moment: datetime) -> bool:
    """Tell whether a local day begins then: where midnight does not exist, a little later."""
    midnight = datetime.combine(moment.date(), time(), moment.tzinfo)
    return midnight.astimezone(UTC) == moment.astimezone(UTC)


def _to_the_minute(moment: datetime) -> str:
    return f"{day_in_words(moment)} {moment:%H:%M}"
