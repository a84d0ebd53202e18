"""The sync API and a worker as processes of their own, each with a log that tests may read."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import httpx
from pydantic import SecretStr

from jira_analytics.sync.v1.connection_pb2_grpc import ConnectionServiceStub
from jira_analytics.sync.v1.sync_pb2_grpc import SyncServiceStub
from services.chassis import mongo
from services.chassis.settings import Mongo
from services.sync.settings import Extra
from tests.auth_stand_in import NOBODY, auth_stand_in
from tests.edge.minting import Mint
from tests.edge.upstreams import KeyServer
from tests.rpc.sync_service import MASTER, Sync, SyncStores
from tests.stores import free_port
from twin.serving import Running

ROOT = Path(__file__).parents[2]
START_SECONDS = 30.0
STOP_SECONDS = 15.0


def environment(stores: SyncStores, twin: Running, **more: object) -> dict[str, str]:
    """Give what a process is told: where the stores are, and to log every call as slow."""
    told = {
        **NOBODY,
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'gen'}",
        "MONGO_URL": stores.mongo_url,
        "MONGO_DATABASE": stores.database,
        "REDIS_QUEUE_URL": stores.queue_url,
        "REDIS_CACHE_URL": stores.cache_url,
        "MASTER_KEYS": MASTER,
        "EXTRA_SITES": twin.origin,
        "LOG_LEVEL": "DEBUG",
        "LOG_SLOW_MILLISECONDS": "0.001",
        "DRAIN_NOTICE_SECONDS": "0",
    }
    return {**os.environ, **told, **{name: str(value) for name, value in more.items()}}


async def _ready(popen: subprocess.Popen[bytes], port: int) -> None:
    ends = time.monotonic() + START_SECONDS
    async with httpx.AsyncClient(trust_env=False) as http:
        while time.monotonic() < ends and popen.poll() is None:
            try:
                if (await http.get(f"http://127.0.0.1:{port}/ready")).is_success:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.05)
    raise AssertionError(f"{popen.args!r} did not become ready")


@asynccontextmanager
async def process(module: str, told: dict[str, str], log: Path) -> AsyncIterator[None]:
    """Run a process once it is ready; it is told to stop at the end, and must."""
    port = free_port()
    with log.open("ab") as said:
        popen = subprocess.Popen(  # noqa: ASYNC220 - it outlives this loop's turn
            [sys.executable, "-m", module],
            cwd=ROOT,
            env={**told, "HTTP_PORT": str(port)},
            stdout=said,
            stderr=said,
        )
    try:
        await _ready(popen, port)
        yield
    finally:
        popen.terminate()
        try:
            await asyncio.to_thread(popen.wait, STOP_SECONDS)
        finally:
            popen.kill()
            popen.wait(STOP_SECONDS)


@asynccontextmanager
async def worker_process(told: dict[str, str], log: Path) -> AsyncIterator[None]:
    """Run a worker."""
    async with process("services.sync.worker", told, log):
        yield


@asynccontextmanager
async def api_process(stores: SyncStores, twin: Running, log: Path) -> AsyncIterator[Sync]:
    """Run the API; what its callers hold is as in `sync_service`."""
    mint, port = Mint(), free_port()
    async with AsyncExitStack() as stack:
        keys = KeyServer(mint.jwks)
        stack.callback(keys.stop)
        published = f"http://{keys.endpoint.address}:{keys.endpoint.port}/"
        auth = await stack.enter_async_context(auth_stand_in(mint))
        told = environment(
            stores, twin, JWKS_URL=published, GRPC_PORT=port, **auth.environment("sync")
        )
        await stack.enter_async_context(process("services.sync", told, log))
        channel = await stack.enter_async_context(grpc.aio.insecure_channel(f"127.0.0.1:{port}"))
        settings = Mongo(url=SecretStr(stores.mongo_url), database=stores.database)
        database = await stack.enter_async_context(mongo.connect(settings))
        stubs: tuple[Any, Any] = ConnectionServiceStub(channel), SyncServiceStub(channel)
        yield Sync(*stubs, mint, auth, twin, stores, database, Extra(sites=(twin.origin,)))
