"""Turns requests into questions that cannot be wrong, or says which field is."""

import hashlib
import json
import re
from collections.abc import Iterable
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from google.protobuf.timestamp_pb2 import Timestamp

from jira_analytics.analytics.v1 import analytics_pb2 as pb
from jira_analytics.analytics.v1 import internal_pb2 as internal_pb
from services.analytics.domain.question import Question, Report
from services.chassis.clock import Clock
from services.kernel.errors import InvalidField
from services.kernel.ids import Instant, WorkspaceId
from services.kernel.period import Period, last_days

Request = pb.GetExecutiveSummaryRequest | pb.GetBottlenecksRequest | pb.GetWorkloadRequest

MINUTE: Final = 60_000
DEFAULT_DAYS: Final = 30
MOST_DAYS: Final = 3_660
MOST_VALUES: Final = 200
LONGEST_VALUE: Final = 255
# 1970-01-01 to 2100-01-01: outside there are no issues, and calendars end somewhere.
EARLIEST: Final = 0
LATEST: Final = 4_102_444_800_000
REMEMBERED: Final = 10_000


class Questions:
    """Parses requests; the same request is parsed once a minute, since "now" moves each minute."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._minute = -1
        self._parsed: dict[tuple[Report, str, bytes], Question] = {}

    def parse(self, report: Report, request: Request, time_zone: str) -> Question:
        """Parse a request of a caller whose workspace is in `time_zone`; InvalidField if wrong."""
        minute = self._clock() // MINUTE
        if minute != self._minute or len(self._parsed) >= REMEMBERED:
            self._minute = minute
            self._parsed.clear()
        identity = (report, time_zone, request.SerializeToString(deterministic=True))
        question = self._parsed.get(identity)
        if question is None:
            question = question_of(report, request, time_zone, now=minute * MINUTE)
            self._parsed[identity] = question
        return question


def question_of(report: Report, request: Request, time_zone: str, *, now: Instant) -> Question:
    """Parse a request; `now` is the start of a minute."""
    zone_name = request.time_zone or time_zone
    zone = _zone(zone_name)
    as_of = _as_of(request, now)
    period = _period(request.period, as_of, zone) if request.HasField("period") else None
    period = period or last_days(DEFAULT_DAYS, as_of, zone)
    projects = _values("projects", request.projects)
    issue_types = _values("issue_types", request.issue_types)
    latest = None if request.HasField("as_of_time") else now + MINUTE - 1
    covered = (period.start, period.end, as_of, latest, zone_name, projects, issue_types)
    return Question(
        report=report,
        connection=_connection(request.connection_id),
        period=period,
        as_of=as_of,
        time_zone=zone_name,
        projects=projects,
        issue_types=issue_types,
        digest=hashlib.blake2b(json.dumps((report, covered)).encode(), digest_size=16).hexdigest(),
        latest=latest,
    )


def _connection(value: str) -> str:
    if len(value) > LONGEST_VALUE:
        raise InvalidField("connection_id", f"is longer than {LONGEST_VALUE} characters")
    return value


def _zone(name: str) -> ZoneInfo:
    if name not in _zones():
        raise InvalidField("time_zone", "is not the name of an IANA time zone")
    return ZoneInfo(name)


@cache
def _zones() -> frozenset[str]:
    """List the time zones that this machine knows."""
    return frozenset(available_timezones())


def _as_of(request: Request, now: Instant) -> Instant:
    if not request.HasField("as_of_time"):
        return now
    as_of = _instant("as_of_time", request.as_of_time) // MINUTE * MINUTE
    # A caller's clock may be a little ahead of ours.
    if as_of > now + MINUTE:
        raise InvalidField("as_of_time", "lies in the future")
    return min(as_of, now)


def _period(period: pb.Period, as_of: Instant, zone: ZoneInfo) -> Period | None:
    """Read the window; None where nothing is given."""
    ends = (period.HasField("start_time"), period.HasField("end_time"))
    if any(ends):
        if period.last_days:
            raise InvalidField("period.last_days", "cannot be given together with the two ends")
        return _between(period)
    if not 0 <= period.last_days <= MOST_DAYS:
        raise InvalidField("period.last_days", f"is not from 1 to {MOST_DAYS:,}")
    return last_days(period.last_days, as_of, zone) if period.last_days else None


def _between(period: pb.Period) -> Period:
    if not period.HasField("start_time"):
        raise InvalidField("period.start_time", "is missing: a window has two ends")
    if not period.HasField("end_time"):
        raise InvalidField("period.end_time", "is missing: a window has two ends")
    start = _instant("period.start_time", period.start_time)
    end = _instant("period.end_time", period.end_time)
    if end <= start:
        raise InvalidField("period.end_time", "is not after period.start_time")
    return Period(start, end)


def _instant(field: str, moment: Timestamp) -> Instant:
    instant = moment.seconds * 1000 + moment.nanos // 1_000_000
    if not EARLIEST <= instant <= LATEST:
        raise InvalidField(field, "is not between the years 1970 and 2100")
    return instant


def _values(field: str, values: Iterable[str]) -> tuple[str, ...]:
    """Sort a filter's values and drop doubles: their order and number mean nothing."""
    found = list(values)
    if len(found) > MOST_VALUES:
        raise InvalidField(field, f"has more than {MOST_VALUES} values")
    for place, value in enumerate(found):
        if not value or len(value) > LONGEST_VALUE:
            raise InvalidField(f"{field}[{place}]", f"is not 1 to {LONGEST_VALUE} characters long")
    return tuple(sorted(set(found)))


def workspace_of(request: internal_pb.EraseWorkspaceRequest) -> WorkspaceId:
    """Parse an EraseWorkspace; an id holds nothing that a pattern would read as anything else."""
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", request.workspace_id):
        raise InvalidField("workspace_id", "this is no workspace's id")
    return WorkspaceId(request.workspace_id)
