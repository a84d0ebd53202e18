"""The three RPCs over real stores, as a caller sees them."""

import json
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status as RpcStatus
from redis.asyncio import Redis

from jira_analytics.analytics.v1 import analytics_pb2 as pb
from services.kernel.issue import Issue
from services.kernel.period import instant_of
from tests.rpc.analytics_service import Service, Stores, analytics
from tests.stores import free_port
from tests.unit.analytics_histories import issue, move

NOW = instant_of(datetime(2026, 3, 15, 12, 0, 30, tzinfo=UTC))
DAY = 86_400_000


@pytest.fixture
async def service(mongo_url: str, cache_url: str, mongo_database: str) -> AsyncIterator[Service]:
    # The cache outlives a test, and every test has a first revision of con_1.
    async with Redis.from_url(cache_url) as redis:
        await redis.flushdb()
    async with analytics(Stores(mongo_url, cache_url, mongo_database, lambda: NOW)) as running:
        yield running


def finished(number: int, *, days_ago: int = 3) -> Issue:
    """Make an issue that was worked on for two days and is done."""
    done = NOW - days_ago * DAY
    return issue(
        move(done - 2 * DAY, "1", "3"),
        move(done, "3", "6"),
        issue_id=str(number),
        created=done - 5 * DAY,
        updated=done,
    )


async def asked(service: Service, request: Any, **caller: Any) -> tuple[Any, str]:
    """Ask by the request's type; gives the answer and x-cache-hit."""
    method = getattr(service.stub, type(request).__name__.removesuffix("Request"))
    call = method(request, metadata=service.caller(**caller), timeout=10)
    answer = await call
    return answer, dict(await call.initial_metadata()).get("x-cache-hit", "true")


async def refused(service: Service, request: Any, **caller: Any) -> tuple[grpc.StatusCode, Any]:
    """Ask what is refused; gives the code and the ErrorInfo."""
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await asked(service, request, **caller)
    trailers = dict(error.value.trailing_metadata() or ())
    status = RpcStatus.FromString(trailers["grpc-status-details-bin"])
    info = ErrorInfo()
    status.details[0].Unpack(info)
    return error.value.code(), info


async def test_summary(service: Service) -> None:
    """A summary holds the figures of the last 30 days, and says what it was made from."""
    await service.connect(complete_until=NOW - 1000)
    await service.write([finished(number) for number in range(12)])
    answer, hit = await asked(service, pb.GetExecutiveSummaryRequest())
    assert hit == "false"
    assert answer.throughput == pb.CountFigure(current=12, previous=0)
    assert answer.cycle_time.current.p50.ToTimedelta() == timedelta(days=2)
    assert answer.lead_time.current.p50.ToTimedelta() == timedelta(days=5)
    assert answer.cycle_time.previous.HasField("count")
    assert not answer.cycle_time.previous.HasField("p50")
    made_from = answer.provenance
    assert made_from.connection_id == "con_1"
    assert made_from.revision == 1
    assert made_from.as_of_time.ToJsonString() == "2026-03-15T12:00:00Z"
    assert made_from.complete_until_time.ToMilliseconds() == NOW - 1000
    assert made_from.period.start_time.ToJsonString() == "2026-02-14T00:00:00Z"
    assert made_from.period.end_time.ToJsonString() == "2026-03-16T00:00:00Z"
    assert not made_from.HasField("expected_issue_count")


async def test_bottlenecks_and_workload(service: Service) -> None:
    """The other two answer from the same snapshot."""
    await service.connect()
    held = issue(move(NOW - DAY, "1", "3"), issue_id="99", assignee_id="a1", assignee_name="Ann")
    await service.write([held, *(finished(number) for number in range(20))])
    stages, _ = await asked(service, pb.GetBottlenecksRequest())
    assert [stage.status for stage in stages.stages] == ["To Do", "In Progress"]
    assert [stage.departures for stage in stages.stages] == [21, 20]
    people, _ = await asked(service, pb.GetWorkloadRequest())
    assert [(person.display_name, person.wip) for person in people.people] == [("Ann", 1)]
    assert people.people[0].age.ToTimedelta() == timedelta(days=1) - timedelta(seconds=30)
    assert people.unassigned_count == 0


async def test_second_answer_is_cached(service: Service) -> None:
    """The same question is answered from memory, byte for byte."""
    await service.connect()
    await service.write([finished(1)])
    first, _ = await asked(service, pb.GetBottlenecksRequest())
    second, hit = await asked(service, pb.GetBottlenecksRequest())
    assert hit == "true"
    assert first == second


async def test_news_shows_at_once(service: Service, cache_url: str) -> None:
    """A raised revision that is announced shows without waiting for states to be read again."""
    await service.connect()
    await service.write([finished(1)])
    before, _ = await asked(service, pb.GetExecutiveSummaryRequest())
    service.states["con_1"] = replace(service.states["con_1"], hidden_count=1)
    state = await service.write([finished(2), finished(3)])
    news = {"workspace_id": "wsp_1", "connection_id": "con_1"}
    async with Redis.from_url(cache_url) as redis:
        assert await redis.publish("news:revisions", json.dumps(news)) == 1
    for _ in range(100):
        after, _ = await asked(service, pb.GetExecutiveSummaryRequest())
        if after.provenance.revision == state.revision:
            break
    assert (before.throughput.current, after.throughput.current) == (1, 3)
    assert (after.provenance.revision, after.provenance.hidden_project_count) == (2, 1)


async def test_what_happened_within_this_minute_counts_once_it_is_stored(service: Service) -> None:
    """As of now is as of what was written last: no number waits for the minute to be over."""
    await service.connect()
    await service.write([issue(issue_id="1", created=NOW - 5_000)], written=NOW - 2_000)
    answer, _ = await asked(service, pb.GetExecutiveSummaryRequest())
    assert answer.created.current == 1
    assert answer.provenance.as_of_time.ToMilliseconds() == NOW - 2_000
    named = pb.GetExecutiveSummaryRequest(as_of_time=answer.provenance.as_of_time)
    then, _ = await asked(service, named)
    assert then.created.current == 0, "an instant that is named is floored to its minute"


async def test_a_writers_clock_that_is_ahead_moves_no_day(service: Service) -> None:
    """As of now stays within the minute, whatever clock the writer had."""
    await service.connect()
    await service.write([issue(issue_id="1", created=NOW - 5_000)], written=NOW + DAY)
    answer, _ = await asked(service, pb.GetExecutiveSummaryRequest())
    assert answer.created.current == 1
    assert answer.provenance.as_of_time.ToMilliseconds() == NOW - 30_000 + 59_999


async def test_two_workspaces_with_the_same_ids(service: Service) -> None:
    """Issue ids are a site's own: the same id in two workspaces is two issues."""
    await service.connect("con_1", "wsp_1")
    await service.connect("con_2", "wsp_2")
    await service.write([finished(1)], "con_1")
    await service.write([finished(1), finished(2)], "con_2")
    one, _ = await asked(service, pb.GetExecutiveSummaryRequest(), workspace="wsp_1")
    two, _ = await asked(service, pb.GetExecutiveSummaryRequest(), workspace="wsp_2")
    assert (one.throughput.current, two.throughput.current) == (1, 2)


@pytest.mark.parametrize("report", ["ExecutiveSummary", "Bottlenecks", "Workload"])
@pytest.mark.parametrize("wanted", ["con_2", "name-of-con_2", "con_none"])
async def test_anothers_connection_is_none(service: Service, report: str, wanted: str) -> None:
    """Another workspace's connection answers like one that does not exist."""
    await service.connect("con_1", "wsp_1")
    await service.connect("con_2", "wsp_2")
    await service.write([finished(1)], "con_2")
    request = getattr(pb, f"Get{report}Request")(connection_id=wanted)
    code, info = await refused(service, request, workspace="wsp_1")
    assert (code, info.reason) == (grpc.StatusCode.NOT_FOUND, "NOT_FOUND")
    assert not info.metadata


async def test_several_connections(service: Service) -> None:
    """With several connections one is named, by id or by name, or the error lists them."""
    await service.connect("con_1", name="blue")
    await service.connect("con_2", name="red")
    await service.write([finished(1)], "con_2")
    code, info = await refused(service, pb.GetWorkloadRequest())
    assert (code, info.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "CONNECTION_AMBIGUOUS")
    assert info.metadata["connections"] == "blue, red"
    for wanted in ("red", "con_2"):
        answer, _ = await asked(service, pb.GetWorkloadRequest(connection_id=wanted))
        assert answer.provenance.connection_id == "con_2"


async def test_nothing_to_ask(service: Service) -> None:
    """No connection is NOT_FOUND; one that was never synced says so; an empty site is zeros."""
    code, info = await refused(service, pb.GetWorkloadRequest(), workspace="wsp_none")
    assert (code, info.reason) == (grpc.StatusCode.NOT_FOUND, "NOT_FOUND")
    await service.connect("con_1", "wsp_1")
    code, info = await refused(service, pb.GetWorkloadRequest(), workspace="wsp_1")
    assert (code, info.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "CONNECTION_NOT_SYNCED")
    await service.connect("con_3", "wsp_3", complete_until=NOW)
    answer, _ = await asked(service, pb.GetExecutiveSummaryRequest(), workspace="wsp_3")
    assert answer.throughput == pb.CountFigure(current=0, previous=0)


async def test_a_wrong_field_is_named(service: Service) -> None:
    """What cannot be accepted is INVALID_ARGUMENT with the field's path."""
    await service.connect()
    request = pb.GetBottlenecksRequest(period=pb.Period(last_days=3661))
    code, info = await refused(service, request)
    assert (code, info.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD")
    assert info.metadata["field"] == "period.last_days"


async def test_redis_away_from_the_start(mongo_url: str, mongo_database: str) -> None:
    """Without Redis every answer is there, and the first is not held up."""
    away = Stores(mongo_url, f"redis://127.0.0.1:{free_port()}/0", mongo_database, lambda: NOW)
    async with analytics(away) as service:
        await service.connect()
        await service.write([finished(number) for number in range(3)])
        began = time.monotonic()
        answer, hit = await asked(service, pb.GetExecutiveSummaryRequest())
        assert time.monotonic() - began < 4
        assert (answer.throughput.current, hit) == (3, "false")
        _, hit = await asked(service, pb.GetExecutiveSummaryRequest())
        assert hit == "true"


async def test_redis_serves_a_restarted_process(
    mongo_url: str, cache_url: str, mongo_database: str
) -> None:
    """What one process computed the next reads from Redis, byte for byte."""
    stores = Stores(mongo_url, cache_url, mongo_database, lambda: NOW)
    async with analytics(stores) as service:
        await service.connect("con_restart")
        await service.write([finished(1)], "con_restart")
        first, _ = await asked(service, pb.GetExecutiveSummaryRequest())
    async with analytics(stores) as service:
        second, hit = await asked(service, pb.GetExecutiveSummaryRequest())
    assert (first, hit) == (second, "true")


async def test_without_a_token(service: Service) -> None:
    """Nobody is answered without a token that holds."""
    await service.connect()
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await service.stub.GetWorkload(pb.GetWorkloadRequest(), timeout=10)
    assert error.value.code() is grpc.StatusCode.UNAUTHENTICATED
