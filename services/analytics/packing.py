"""Packs domain values into messages."""

from collections.abc import Sequence

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from jira_analytics.analytics.v1 import analytics_pb2 as pb
from jira_analytics.sync.v1.connection_pb2 import Connection
from services.analytics.domain.bottlenecks import Stage
from services.analytics.domain.question import Asked
from services.analytics.domain.statistics import DurationStats
from services.analytics.domain.summary import Summary
from services.analytics.domain.workload import Workload
from services.kernel.ids import Instant


def packed_summary(summary: Summary) -> pb.ExecutiveSummary:
    """Pack the executive summary."""
    now, before = summary.current, summary.previous
    top = summary.top_bottleneck
    return pb.ExecutiveSummary(
        created=pb.CountFigure(current=now.created, previous=before.created),
        throughput=pb.CountFigure(current=now.throughput, previous=before.throughput),
        cycle_time=_figure(now.cycle_time, before.cycle_time),
        lead_time=_figure(now.lead_time, before.lead_time),
        wip=pb.CountFigure(current=now.wip, previous=before.wip),
        work_item_age=_figure(now.work_item_age, before.work_item_age),
        top_bottleneck=None if top is None else _stage(top),
    )


def packed_bottlenecks(stages: Sequence[Stage]) -> pb.Bottlenecks:
    """Pack the bottlenecks, in their order."""
    return pb.Bottlenecks(stages=[_stage(stage) for stage in stages])


def packed_workload(workload: Workload) -> pb.Workload:
    """Pack the workload, in its order."""
    people = [
        pb.Person(
            account_id=person.account_id,
            display_name=person.display_name,
            wip=person.wip,
            age=_span(person.age),
            active=person.active,
        )
        for person in workload.people
    ]
    return pb.Workload(people=people, unassigned_count=workload.unassigned_count)


def packed_provenance(asked: Asked) -> pb.Provenance:
    """Pack what an answer was made from, as the connection stands now."""
    state, question = asked.subject.state, asked.question
    return pb.Provenance(
        connection_id=state.connection_id,
        revision=state.revision,
        as_of_time=_moment(question.as_of),
        complete_until_time=_moment(state.complete_until),
        issue_count=state.issue_count,
        expected_issue_count=state.expected_issue_count,
        workflow_version=asked.subject.workflow.version,
        period=pb.Period(
            start_time=_moment(question.period.start), end_time=_moment(question.period.end)
        ),
        time_zone=question.time_zone,
        connection_state=Connection.State.Value(state.standing.value),
        held_count=state.held_count,
        quarantined_count=state.quarantined_count,
        hidden_project_count=state.hidden_count,
    )


def _stage(stage: Stage) -> pb.Stage:
    return pb.Stage(
        status_id=stage.status_id,
        status=stage.status,
        arrivals=stage.arrivals,
        departures=stage.departures,
        time=_stats(stage.time),
        open_count=stage.open_count,
        older_than_p85_count=stage.older_than_p85_count,
        cycle_time_share=stage.cycle_time_share,
        median_cycle_time_gain=_span(stage.median_cycle_time_gain),
    )


def _figure(current: DurationStats, previous: DurationStats) -> pb.DurationFigure:
    return pb.DurationFigure(current=_stats(current), previous=_stats(previous))


def _stats(stats: DurationStats) -> pb.DurationStats:
    return pb.DurationStats(
        count=stats.count,
        eligible_count=stats.eligible_count,
        p50=_span(stats.p50),
        p85=_span(stats.p85),
        p95=_span(stats.p95),
        mean=_span(stats.mean),
        small_sample=stats.small_sample,
    )


def _span(milliseconds: int | None) -> Duration | None:
    if milliseconds is None:
        return None
    return Duration(seconds=milliseconds // 1000, nanos=milliseconds % 1000 * 1_000_000)


def _moment(instant: Instant | None) -> Timestamp | None:
    if instant is None:
        return None
    return Timestamp(seconds=instant // 1000, nanos=instant % 1000 * 1_000_000)
