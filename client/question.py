"""What a person asks about: which issues, in which window, seen from when."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from client.instants import instant
from jira_analytics.analytics.v1 import analytics_pb2 as pb

Request = TypeVar(
    "Request",
    pb.GetExecutiveSummaryRequest,
    pb.GetBottlenecksRequest,
    pb.GetWorkloadRequest,
)


@dataclass(frozen=True, slots=True)
class Question:
    """A window of time over a connection's issues; what is left out the product chooses.

    The window is `last_days` whole local days (1 to 3,660) or [start, end). Instants must be aware
    when they are sent.
    """

    connection: str = ""
    last_days: int | None = None
    start: datetime | None = None
    end: datetime | None = None
    time_zone: str = ""
    as_of: datetime | None = None
    projects: tuple[str, ...] = ()
    issue_types: tuple[str, ...] = ()

    def fill(self, kind: type[Request]) -> Request:
        """Make the request of one of the analytics calls."""
        return kind(
            connection_id=self.connection,
            period=self._period(),
            time_zone=self.time_zone,
            as_of_time=instant(self.as_of),
            projects=self.projects,
            issue_types=self.issue_types,
        )

    def _period(self) -> pb.Period | None:
        if self.last_days is None and self.start is None and self.end is None:
            return None
        return pb.Period(
            start_time=instant(self.start),
            end_time=instant(self.end),
            last_days=self.last_days or 0,
        )
