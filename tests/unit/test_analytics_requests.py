"""Requests become questions, or say which field is wrong."""

from datetime import UTC, datetime
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from jira_analytics.analytics.v1 import analytics_pb2 as pb
from services.analytics.domain.question import Question, Report
from services.analytics.requests import Questions, question_of
from services.kernel.errors import InvalidField
from services.kernel.period import Period, instant_of

NOW = instant_of(datetime(2026, 3, 15, 12, 0, tzinfo=UTC))
NEW_YORK = "America/New_York"


def asked(workspace_zone: str = "UTC", **fields: Any) -> Question:
    request = pb.GetWorkloadRequest(**fields)
    return question_of(Report.WORKLOAD, request, workspace_zone, now=NOW)


def at(*moment: int) -> Timestamp:
    """Make an instant from a year, month, day and the rest."""
    return Timestamp(seconds=int(datetime(*moment, tzinfo=UTC).timestamp()))  # type: ignore[arg-type,misc] # no more than five


def test_nothing_given() -> None:
    """The last 30 whole local days, today included, in the workspace's zone, as known now."""
    question = asked(NEW_YORK)
    # Clocks went forward on 8 March: the window begins at 05:00 UTC and ends at 04:00.
    assert question.period == Period(
        instant_of(datetime(2026, 2, 14, 5, tzinfo=UTC)),
        instant_of(datetime(2026, 3, 16, 4, tzinfo=UTC)),
    )
    assert (question.as_of, question.time_zone) == (NOW, NEW_YORK)


def test_a_zone_given_wins() -> None:
    """The question's own zone is used rather than the workspace's."""
    assert asked(NEW_YORK, time_zone="UTC").period == asked("UTC").period


def test_last_days_end_with_the_day_of_as_of() -> None:
    """One day, as of noon on the 3rd: that day."""
    question = asked(period=pb.Period(last_days=1), as_of_time=at(2026, 3, 3, 12))
    assert question.period == Period(
        instant_of(datetime(2026, 3, 3, tzinfo=UTC)), instant_of(datetime(2026, 3, 4, tzinfo=UTC))
    )


def test_as_of_is_floored_to_the_minute() -> None:
    """12:34:56.789 is 12:34; a clock a little ahead of ours is now."""
    moment = at(2026, 3, 1, 12, 34)
    moment.seconds += 56
    moment.nanos = 789_000_000
    assert asked(as_of_time=moment).as_of == instant_of(datetime(2026, 3, 1, 12, 34, tzinfo=UTC))
    ahead = Timestamp(seconds=NOW // 1000 + 61)
    assert asked(as_of_time=ahead).as_of == NOW


def test_order_and_doubles_of_filters_mean_nothing() -> None:
    """The same filters are the same question."""
    one = asked(projects=["B", "A", "B"], issue_types=["Bug"])
    assert one.projects == ("A", "B")
    assert one.digest == asked(projects=["A", "B"], issue_types=["Bug"]).digest


def test_digests_tell_questions_apart() -> None:
    """All that moves an answer moves the digest; values cannot run into each other."""
    questions = [
        asked(),
        asked(NEW_YORK),
        asked(period=pb.Period(last_days=29)),
        asked(as_of_time=at(2026, 3, 15, 11)),
        asked(projects=["A", "B"]),
        asked(projects=['A", "B']),
        asked(projects=["A"], issue_types=["B"]),
        asked(issue_types=["A", "B"]),
    ]
    assert len({question.digest for question in questions}) == len(questions)


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("connection_id", {"connection_id": "x" * 256}),
        ("time_zone", {"time_zone": "Mars/Olympus"}),
        ("time_zone", {"time_zone": "../../etc/passwd"}),
        ("period.last_days", {"period": pb.Period(last_days=-1)}),
        ("period.last_days", {"period": pb.Period(last_days=3661)}),
        ("period.last_days", {"period": pb.Period(last_days=3, start_time=at(2026, 1, 1))}),
        ("period.end_time", {"period": pb.Period(start_time=at(2026, 1, 1))}),
        ("period.start_time", {"period": pb.Period(end_time=at(2026, 1, 1))}),
        (
            "period.end_time",
            {"period": pb.Period(start_time=at(2026, 1, 1), end_time=at(2026, 1, 1))},
        ),
        (
            "period.start_time",
            {"period": pb.Period(start_time=at(1969, 1, 1), end_time=at(2026, 1, 1))},
        ),
        (
            "period.end_time",
            {"period": pb.Period(start_time=at(2026, 1, 1), end_time=at(9999, 1, 1))},
        ),
        ("as_of_time", {"as_of_time": at(2026, 3, 16)}),
        ("as_of_time", {"as_of_time": Timestamp(seconds=-62135596800)}),
        ("projects[1]", {"projects": ["A", ""]}),
        ("issue_types[0]", {"issue_types": ["x" * 256]}),
        ("projects", {"projects": [str(number) for number in range(201)]}),
    ],
)
def test_a_wrong_field_is_named(field: str, fields: dict[str, Any]) -> None:
    """Each mistake has its field's path."""
    with pytest.raises(InvalidField) as wrong:
        asked(**fields)
    assert wrong.value.metadata["field"] == field


def test_now_moves_each_minute() -> None:
    """A request is parsed once a minute: within it the very question, after it another."""
    now = [NOW]
    questions = Questions(lambda: now[0])
    first = questions.parse(Report.WORKLOAD, pb.GetWorkloadRequest(), "UTC")
    now[0] += 59_999
    assert questions.parse(Report.WORKLOAD, pb.GetWorkloadRequest(), "UTC") is first
    assert questions.parse(Report.WORKLOAD, pb.GetWorkloadRequest(), NEW_YORK) != first
    now[0] += 1
    after = questions.parse(Report.WORKLOAD, pb.GetWorkloadRequest(), "UTC")
    assert after.as_of == first.as_of + 60_000


@pytest.mark.parametrize(
    ("written", "as_of"),
    [
        (0, NOW),
        (NOW - 1, NOW),
        (NOW + 40_000, NOW + 40_000),
        (NOW + 59_999, NOW + 59_999),
        (NOW + 86_400_000, NOW + 59_999),
    ],
)
def test_now_is_when_the_data_were_written_last(written: int, as_of: int) -> None:
    """Where that lies within this minute: no number waits for its end. The window stays."""
    question = asked()
    of_data = question.of_data(written)
    assert of_data.as_of == as_of
    assert of_data.period == question.period


def test_an_instant_that_is_named_stays() -> None:
    """However new the data are; and it is another question than as of now."""
    moment = Timestamp(seconds=NOW // 1000)
    named = asked(as_of_time=moment)
    assert named.of_data(NOW + 40_000) is named
    assert named.as_of == asked().as_of
    assert named.digest != asked().digest


def test_reports_are_told_apart() -> None:
    """Requests of two reports have the same bytes and are not the same question."""
    questions = Questions(lambda: NOW)
    one = questions.parse(Report.WORKLOAD, pb.GetWorkloadRequest(), "UTC")
    two = questions.parse(Report.BOTTLENECKS, pb.GetBottlenecksRequest(), "UTC")
    assert (one.report, two.report) == (Report.WORKLOAD, Report.BOTTLENECKS)
    assert one.digest != two.digest
