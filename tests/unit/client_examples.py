"""Answers as the product gives them, for tests of how they are shown."""

from datetime import UTC, datetime, timedelta

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from rich.console import Console, RenderableType

from client.show.figures import NONE
from jira_analytics.analytics.v1.analytics_pb2 import (
    Bottlenecks,
    CountFigure,
    DurationFigure,
    DurationStats,
    ExecutiveSummary,
    Period,
    Person,
    Provenance,
    Stage,
    Workload,
)
from jira_analytics.sync.v1.connection_pb2 import Connection

NOON = datetime(2026, 4, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def at(moment: datetime) -> Timestamp:
    """Write an instant as messages do."""
    timestamp = Timestamp()
    timestamp.FromDatetime(moment)
    return timestamp


def lasting(span: timedelta) -> Duration:
    """Write a length of time as messages do."""
    duration = Duration()
    duration.FromTimedelta(span)
    return duration


def shown(part: RenderableType, *, width: int = 80) -> str:
    """Print where no terminal is; gives the lines without padding, dashes as hyphens."""
    console = Console(width=width, force_terminal=False, color_system=None)
    with console.capture() as capture:
        console.print(part)
    lines = (line.rstrip() for line in capture.get().splitlines())
    return "\n".join(lines).replace(NONE, "-")


def provenance(*, complete: bool = True) -> Provenance:
    """Make the provenance of ninety days in UTC that end with 1 April 2026."""
    made = Provenance(
        connection_id="con_1",
        as_of_time=at(NOON),
        issue_count=1520,
        period=Period(
            start_time=at(datetime(2026, 1, 2, tzinfo=UTC)),
            end_time=at(datetime(2026, 4, 2, tzinfo=UTC)),
        ),
        time_zone="UTC",
        connection_state=Connection.ACTIVE,
    )
    if complete:
        made.complete_until_time.FromDatetime(NOON - timedelta(minutes=1))
        made.expected_issue_count = 1520
    return made


def lengths(count: int, *days: float, eligible: int | None = None) -> DurationStats:
    """Make lengths of time with p50, p85 and p95 in days; withheld where none are given."""
    stats = DurationStats(
        count=count, eligible_count=count if eligible is None else eligible, small_sample=count < 30
    )
    for name, length in zip(("p50", "p85", "p95"), days, strict=False):
        getattr(stats, name).FromTimedelta(length * DAY)
    return stats


def summary() -> ExecutiveSummary:
    """Make a summary with every figure."""
    return ExecutiveSummary(
        provenance=provenance(),
        created=CountFigure(current=132, previous=45),
        throughput=CountFigure(current=91, previous=25),
        cycle_time=DurationFigure(
            current=lengths(25, 2, 21.9, 35.1, eligible=91), previous=lengths(12, 4, 10, 20)
        ),
        lead_time=DurationFigure(
            current=lengths(91, 13.1, 67.9, 110), previous=lengths(4, eligible=25)
        ),
        wip=CountFigure(current=24, previous=24),
        work_item_age=DurationFigure(current=lengths(4), previous=lengths(0)),
        top_bottleneck=stage(),
    )


def stage(status: str = "In Progress") -> Stage:
    """Make a status with every figure."""
    return Stage(
        status_id="3",
        status=status,
        arrivals=1027,
        departures=1021,
        time=lengths(1021, 0.25, 3.5),
        open_count=14,
        older_than_p85_count=13,
        cycle_time_share=0.43,
        median_cycle_time_gain=lasting(timedelta(days=1, hours=19)),
    )


def bottlenecks() -> Bottlenecks:
    """Make one status with every figure and one with hardly any."""
    few = Stage(status="Waiting", arrivals=3, departures=0, time=lengths(0), open_count=3)
    return Bottlenecks(provenance=provenance(), stages=[stage(), few])


def workload() -> Workload:
    """Make two persons with work, and one item that nobody holds."""
    return Workload(
        provenance=provenance(),
        people=[
            Person(account_id="1", display_name="Ada", wip=3, age=lasting(timedelta(days=30))),
            Person(account_id="2", wip=1, age=lasting(timedelta(hours=12))),
        ],
        unassigned_count=1,
    )
