"""A sync is followed to its end, whatever happens to the stream that tells of it."""

from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import pytest
import pytest_asyncio

import client.calls
from client.api import Client
from client.failures import ClientError, Refused
from jira_analytics.sync.v1.sync_pb2 import SyncJob
from tests.rpc.client_stand_in import EMAIL, PASSWORD, TOKEN_INVALID, Refusal, Served, served

GONE = Refusal(grpc.StatusCode.UNAVAILABLE, "STORE_UNAVAILABLE", "not now")


@pytest_asyncio.fixture
async def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Served]:
    monkeypatch.setattr(client.calls, "PAUSE_SECONDS", 0.01)
    async with served(tmp_path) as found:
        yield found


@pytest_asyncio.fixture
async def signed_in(there: Served) -> AsyncIterator[Client]:
    async with there.client() as made:
        await made.log_in(EMAIL, password=PASSWORD)
        yield made


def job(state: SyncJob.State.ValueType, done: int) -> SyncJob:
    return SyncJob(id="job_1", state=state, progress=SyncJob.Progress(issues_done=done))


async def _seen(made: Client) -> list[int]:
    return [moved.progress.issues_done async for moved in made.watch("job_1")]


async def test_a_sync_is_followed_until_its_final_state(there: Served, signed_in: Client) -> None:
    there.product.streams = [[job(SyncJob.RUNNING, 1), job(SyncJob.SUCCEEDED, 2)]]
    assert await _seen(signed_in) == [1, 2]


@pytest.mark.parametrize(
    "broken",
    [
        [job(SyncJob.RUNNING, 1), GONE],
        [job(SyncJob.RUNNING, 1), Refusal(grpc.StatusCode.UNKNOWN)],
        [job(SyncJob.RUNNING, 1)],
    ],
    ids=["service gone", "reset", "ended early"],
)
async def test_a_stream_that_breaks_is_asked_for_again(
    there: Served, signed_in: Client, broken: list[SyncJob | Refusal]
) -> None:
    there.product.streams = [broken, [job(SyncJob.RUNNING, 2), job(SyncJob.SUCCEEDED, 3)]]
    assert await _seen(signed_in) == [1, 2, 3]


async def test_a_token_that_ends_on_the_way_is_renewed(there: Served, signed_in: Client) -> None:
    there.product.streams = [
        [job(SyncJob.RUNNING, 1), TOKEN_INVALID],
        [job(SyncJob.SUCCEEDED, 2)],
    ]
    assert await _seen(signed_in) == [1, 2]
    assert there.product.calls["Refresh"] == 1


async def test_streams_that_bring_nothing_are_given_up(there: Served, signed_in: Client) -> None:
    there.product.streams = [[GONE] for _ in range(10)]
    with pytest.raises(Refused, match="the service does not answer now"):
        await _seen(signed_in)
    assert there.product.calls["WatchSyncJob"] == client.calls.SILENT_STREAMS + 1


async def test_streams_that_end_without_a_word_are_given_up(
    there: Served, signed_in: Client
) -> None:
    with pytest.raises(ClientError, match="ended before the last"):
        await _seen(signed_in)


async def test_a_job_that_is_not_there_is_asked_for_once(there: Served, signed_in: Client) -> None:
    missing = Refusal(grpc.StatusCode.NOT_FOUND, "NOT_FOUND", "there is no such job")
    there.product.streams = [[missing], [missing]]
    with pytest.raises(Refused, match="there is no such job"):
        await _seen(signed_in)
    assert there.product.calls["WatchSyncJob"] == 1
