"""Windows of time and the local days they are made of."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.kernel.ids import Instant

MILLISECOND = timedelta(milliseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Period:
    """The half-open window [start, end)."""

    start: Instant
    end: Instant


def instant_of(moment: datetime) -> Instant:
    """Turn an aware datetime into milliseconds, exactly."""
    return (moment - EPOCH) // MILLISECOND


def moment_of(instant: Instant) -> datetime:
    """Turn milliseconds into an aware UTC datetime, exactly."""
    return EPOCH + instant * MILLISECOND


def local_date(instant: Instant, zone: ZoneInfo) -> date:
    """Tell the local calendar day an instant lies in."""
    return moment_of(instant).astimezone(zone).date()


def local_midnight(day: date, zone: ZoneInfo) -> Instant:
    """Tell the instant a local day begins; where midnight does not exist, the first that does."""
    start = datetime.combine(day, time(), tzinfo=zone)
    return instant_of(start.astimezone(UTC))


def last_days(days: int, as_of: Instant, zone: ZoneInfo) -> Period:
    """Make the window of whole local days up to and with the day of `as_of`."""
    today = local_date(as_of, zone)
    return Period(
        start=local_midnight(today - timedelta(days=days - 1), zone),
        end=local_midnight(today + timedelta(days=1), zone),
    )


def period_before(period: Period, zone: ZoneInfo) -> Period:
    """Make the window before, as long as this one (METRICS.md, "The window before").

    Where both ends are local midnights it is shifted by whole local days, else by elapsed time.
    """
    first, last = local_date(period.start, zone), local_date(period.end, zone)
    whole_days = (
        local_midnight(first, zone) == period.start and local_midnight(last, zone) == period.end
    )
    if whole_days:
        return Period(start=local_midnight(first - (last - first), zone), end=period.start)
    return Period(start=period.start - (period.end - period.start), end=period.start)
