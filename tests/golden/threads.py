"""The three RPCs' answers over the bundled issues, as REST shows them: request to bytes to JSON."""

from pathlib import Path
from typing import Any

from google.protobuf.json_format import MessageToJson
from google.protobuf.timestamp_pb2 import Timestamp

from jira_analytics.analytics.v1 import analytics_pb2 as pb
from services.analytics.domain.question import Report
from services.analytics.reports import body_of
from services.analytics.requests import question_of
from services.kernel.period import instant_of, moment_of
from tests.golden.bundled import bundled, workflow
from tests.reference.windows import WINDOWS

FOLDER = Path(__file__).parent
NOW = WINDOWS[0].as_of
REPORTS: dict[Report, tuple[Any, Any]] = {
    Report.EXECUTIVE_SUMMARY: (pb.GetExecutiveSummaryRequest, pb.ExecutiveSummary),
    Report.BOTTLENECKS: (pb.GetBottlenecksRequest, pb.Bottlenecks),
    Report.WORKLOAD: (pb.GetWorkloadRequest, pb.Workload),
}
# The quarter with the most finished issues, as known then, and two projects' issues of a year.
THREADS = {
    "densest_quarter": WINDOWS[1],
    "two_projects": WINDOWS[7],
}


def _moment(instant: int) -> Timestamp:
    moment = Timestamp()
    moment.FromDatetime(moment_of(instant))
    assert instant_of(moment_of(instant)) == instant
    return moment


def _thread(report: Report, thread: str) -> str:
    window = THREADS[thread]
    request_type, answer_type = REPORTS[report]
    request = request_type(
        period=pb.Period(start_time=_moment(window.start), end_time=_moment(window.end)),
        time_zone=window.time_zone,
        as_of_time=_moment(window.as_of),
        projects=window.projects,
        issue_types=window.issue_types,
    )
    question = question_of(report, request, "UTC", now=NOW)
    answer = answer_type.FromString(body_of(bundled(), question, workflow()))
    return f"{request_type.__name__} {_json(request)}\n{answer_type.__name__} {_json(answer)}\n"


def _json(message: Any) -> str:
    return MessageToJson(message, preserving_proto_field_name=True)


def threads() -> dict[str, str]:
    """Give every thread by the name of its file."""
    return {
        f"{report.value}_{thread}.txt": _thread(report, thread)
        for report in REPORTS
        for thread in THREADS
    }
