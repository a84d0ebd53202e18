"""An API token goes to its site and nowhere else: to no answer, no log, no store in the clear."""

import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from redis.asyncio import Redis

from jira_analytics.sync.v1 import connection_pb2 as pb
from jira_analytics.sync.v1 import sync_pb2
from services.kernel.documents import CONNECTION_STATES
from tests.contract.twin_calls import few
from tests.rpc.auth_service import refusal_of
from tests.rpc.sync_fixtures import sync_stores
from tests.rpc.sync_processes import api_process, environment, worker_process
from tests.rpc.sync_service import MASTER, Sync, SyncStores
from tests.rpc.sync_stored import everything
from twin.faults import Fault
from twin.serving import Running, running

__all__ = ["sync_stores"]

TOKEN, WRONG = "canary-of-an-api-token", "canary-that-is-refused"
CORRUPT = "canary of a stored value"
EMAIL = "ann@example.com"


@pytest.fixture
async def twin() -> AsyncIterator[Running]:
    async with running(few(), token=TOKEN) as serving:
        yield serving


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


@pytest.fixture
async def sync(sync_stores: SyncStores, twin: Running, log: Path) -> AsyncIterator[Sync]:
    async with api_process(sync_stores, twin, log) as api:
        yield api


def said(log: Path) -> str:
    return log.read_text()


async def failure(call: Any) -> str:
    """Give all that a caller is told of a call that fails."""
    with pytest.raises(grpc.aio.AioRpcError) as failed:
        await call
    return refusal_of(failed.value).everything


async def queued(url: str) -> str:
    """Give everything that the queue holds."""
    async with Redis.from_url(url) as redis:
        return str([(key, await redis.dump(key)) async for key in redis.scan_iter()])


async def answers_of_all(sync: Sync) -> list[str]:
    """Call everything, right and wrong, and let the site fail in its ways; gives what is told."""
    made = await sync.connect(api_token=TOKEN)
    told = [str(made), await failure(sync.connect(api_token=TOKEN))]
    told += [await failure(sync.connect("other", api_token=WRONG))]
    for status in (429, 500, 404):
        sync.twin.site.faults.add(Fault(status=status, path="/rest/api/3/myself"))
        told.append(await failure(sync.connect("other", api_token=TOKEN)))
    wrong = pb.UpdateConnectionRequest(connection_id="site", api_token=WRONG)
    told.append(await failure(sync.ask(wrong)))
    right = pb.UpdateConnectionRequest(connection_id="site", api_token=TOKEN, name="site-2")
    told.append(str(await sync.ask(right)))
    told.append(str(await sync.ask(pb.GetConnectionRequest(connection_id="site-2"))))
    told.append(str(await sync.ask(pb.ListConnectionsRequest())))
    told.append(str(await sync.watched(await sync.start())))
    sync.twin.site.token = "another"
    told.append(str(await sync.watched(await sync.start())))
    told.append(await failure(sync.start()))
    told.append(str(await sync.ask(sync_pb2.ListSyncJobsRequest())))
    return told


async def test_the_api_token_is_seen_nowhere(
    sync: Sync, sync_stores: SyncStores, twin: Running, log: Path
) -> None:
    """Through every call and a whole sync, with every call logged, no canary is seen."""
    async with worker_process(environment(sync_stores, twin), log):
        answers = await answers_of_all(sync)
    seen = {
        "answers": " ".join(answers),
        "log": said(log),
        "database": str(await everything(sync.database)),
        "queue": await queued(sync_stores.queue_url),
    }
    assert "SUCCEEDED" in seen["answers"]
    assert "CONNECTION_NEEDS_CREDENTIALS" in seen["answers"]
    assert "slow call" in seen["log"]
    assert "sync failed" in seen["log"]
    assert EMAIL in seen["database"]
    for token in (TOKEN, WRONG):
        basic = base64.b64encode(f"{EMAIL}:{token}".encode()).decode()
        for secret in (token, token.encode().hex(), basic, basic.rstrip("=")[:-2], MASTER):
            for place, text in seen.items():
                assert secret not in text, place


async def test_an_unexpected_error_tells_nothing(sync: Sync, log: Path) -> None:
    """A stored value that cannot be read is INTERNAL with an id, which the log explains."""
    await sync.connect(api_token=TOKEN)
    states = sync.database[CONNECTION_STATES]
    await states.update_one({}, {"$set": {"standing": CORRUPT}})
    told = await failure(sync.ask(pb.GetConnectionRequest(connection_id="site")))
    assert "internal error" in told
    assert CORRUPT not in told
    lines = [json.loads(line) for line in said(log).splitlines()]
    [line] = [line for line in lines if "correlation_id" in line]
    assert line["correlation_id"] in told
    assert CORRUPT in line["exception"]
    assert TOKEN not in str(lines)


async def test_a_stored_credential_is_of_no_use_elsewhere(
    sync: Sync, sync_stores: SyncStores, twin: Running, log: Path
) -> None:
    """Copied to another connection's row, a ciphertext is refused and never sent to the site."""
    await sync.connect("one", api_token=TOKEN)
    await sync.connect("two", api_token=TOKEN)
    connections = sync.database["connections"]
    stolen = await connections.find_one({"name": "one"})
    assert stolen is not None
    await connections.update_one({"name": "two"}, {"$set": {"sealed": stolen["sealed"]}})
    before = dict(twin.site.calls.counted)
    async with worker_process(environment(sync_stores, twin), log):
        last = (await sync.watched(await sync.start("two")))[-1]
    assert last.state == sync_pb2.SyncJob.FAILED
    assert last.error.reason == "CONNECTION_NEEDS_CREDENTIALS"
    assert dict(twin.site.calls.counted) == before
