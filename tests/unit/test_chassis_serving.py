"""A process from start to stop: ready when its probes pass, and unhealthy before it is gone."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

import grpc
import httpx
import pytest

from jira_analytics.sync.v1 import sync_pb2 as pb
from services.chassis.serving import Probe, plain_process, wait_for
from services.chassis.settings import Drain, Listen
from services.kernel.errors import StoreUnavailable
from tests.stores import free_port
from tests.unit.chassis_process import TOKEN, Process, States, process

PATIENCE_SECONDS = 20.0
CANARY = "canary mongodb://user:secret@host refused"


@dataclass
class Store:
    """A store that a probe asks."""

    away: bool = False

    async def ping(self) -> None:
        if self.away:
            raise ConnectionError(CANARY)


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait until something holds; AssertionError where it does not come."""
    ends = time.monotonic() + PATIENCE_SECONDS
    while not await holds():
        assert time.monotonic() < ends, "this did not happen"
        await asyncio.sleep(0.02)


async def until_health(running: Process, state: int) -> None:
    async def holds() -> bool:
        return await running.health() == state

    await until(holds)


async def is_refused(running: Process) -> bool:
    """Tell whether a call that comes now is sent elsewhere."""
    call = running.stub.StartSync(pb.StartSyncRequest(), metadata=TOKEN, timeout=0.5)
    try:
        await call
    except grpc.aio.AioRpcError as refusal:
        return refusal.code() is grpc.StatusCode.UNAVAILABLE
    return False


async def test_a_process_whose_probes_pass_is_ready() -> None:
    """GRPC health, /ready and /live agree; calls are counted at /metrics."""
    async with process(probes={"mongo": Store().ping}) as running:
        await until_health(running, States.SERVING)
        assert await running.health("") == States.SERVING
        assert await running.page("/ready") == (200, '{"ready": true, "failing": []}')
        assert await running.page("/live") == (200, "live\n")
        await running.start()
        status, metrics = await running.page("/metrics")
        assert status == 200
        assert 'grpc_server_handled_total{grpc_code="OK",grpc_method="StartSync"' in metrics


async def test_a_store_that_is_away_turns_health_red_and_back() -> None:
    """Red while it is away, green when it is back; alive all the time, and without its words."""
    store = Store()
    async with process(probes={"mongo": store.ping, "redis": Store().ping}) as running:
        await until_health(running, States.SERVING)
        store.away = True
        await until_health(running, States.NOT_SERVING)
        assert await running.health("") == States.NOT_SERVING
        assert await running.page("/ready") == (503, '{"ready": false, "failing": ["mongo"]}')
        assert (await running.page("/live"))[0] == 200
        store.away = False
        await until_health(running, States.SERVING)
        assert (await running.page("/ready"))[0] == 200


async def test_a_store_that_never_was_there() -> None:
    """A process whose store is away from the beginning never says that it is ready."""
    async with process(probes={"mongo": Store(away=True).ping}) as running:
        await until_health(running, States.NOT_SERVING)
        status, page = await running.page("/ready")
        assert (status, "canary" in page) == (503, False)


async def test_a_process_that_was_not_asked_yet_is_not_healthy() -> None:
    """From its first instant until its probes passed, no name of its health says SERVING."""
    asked = asyncio.Event()
    async with process(probes={"mongo": asked.wait}) as running:
        assert await running.health() == States.NOT_SERVING
        assert await running.health("") == States.NOT_SERVING
        asked.set()
        await until_health(running, States.SERVING)


async def test_a_probe_that_hangs_is_one_that_fails() -> None:
    """It is given a second, and holds up no other."""

    async def hangs() -> None:
        await asyncio.sleep(3600)

    async with process(probes={"mongo": hangs, "redis": Store().ping}) as running:

        async def only_one_is_away() -> bool:
            seen = await running.page("/ready")
            return seen == (503, '{"ready": false, "failing": ["mongo"]}')

        await until(only_one_is_away)
        assert await running.health() == States.NOT_SERVING


async def test_a_process_shows_its_own_pages_and_no_others() -> None:
    """What it is given is served as JSON; what is not there is 404."""

    async def keys() -> object:
        return {"keys": []}

    async with process(pages={"/keys.json": keys}) as running:
        assert await running.page("/keys.json") == (200, '{"keys": []}')
        assert (await running.page("/"))[0] == 404
        assert (await running.http.post("/ready")).status_code == 405


async def test_health_before_death() -> None:
    """Told to stop, it turns unhealthy first, still takes calls, and only then is gone."""
    drain = Drain(notice_seconds=3, grace_seconds=1)
    async with AsyncExitStack() as stack:
        running = await stack.enter_async_context(process(drain=drain))
        await until_health(running, States.SERVING)
        leaving = asyncio.create_task(stack.pop_all().aclose())
        await until_health(running, States.NOT_SERVING)
        assert (await running.page("/ready"))[0] == 503
        assert (await running.page("/live"))[0] == 200
        assert (await running.start()).id == "job_1"
        assert not leaving.done()
        await asyncio.wait_for(leaving, PATIENCE_SECONDS)


async def test_a_running_call_may_end_and_a_late_one_is_refused() -> None:
    """Within the grace what runs goes on to its end; who comes now is told to go elsewhere."""
    entered, go_on = asyncio.Event(), asyncio.Event()

    async def waits(_context: object) -> None:
        entered.set()
        await go_on.wait()

    drain = Drain(notice_seconds=0, grace_seconds=PATIENCE_SECONDS)
    async with AsyncExitStack() as stack:
        running = await stack.enter_async_context(process(waits, drain=drain))
        call = asyncio.create_task(running.start())
        await asyncio.wait_for(entered.wait(), PATIENCE_SECONDS)
        leaving = asyncio.create_task(stack.pop_all().aclose())
        await until(lambda: is_refused(running))
        assert not call.done()
        go_on.set()
        assert (await asyncio.wait_for(call, PATIENCE_SECONDS)).id == "job_1"
        await asyncio.wait_for(leaving, PATIENCE_SECONDS)


async def test_a_call_without_end_does_not_hold_up_a_stop() -> None:
    """After the grace what still runs is cut."""
    entered, ended = asyncio.Event(), asyncio.Event()

    async def endless(_context: object) -> None:
        entered.set()
        try:
            await asyncio.sleep(3600)
        finally:
            ended.set()

    async with process(endless, drain=Drain(notice_seconds=0, grace_seconds=0.1)) as running:
        call = asyncio.create_task(running.start())
        await asyncio.wait_for(entered.wait(), PATIENCE_SECONDS)
    await asyncio.wait_for(ended.wait(), PATIENCE_SECONDS)
    with pytest.raises((grpc.aio.AioRpcError, asyncio.CancelledError)):
        await call


async def test_a_process_without_calls_has_the_same_pages() -> None:
    """A worker is live, ready and measured by the same plain-HTTP port."""
    store, port = Store(), free_port()
    async with (
        plain_process(Listen(port=port), {"queue": store.ping}),
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http,
    ):

        async def ready_is(status: int) -> bool:
            return (await http.get("/ready")).status_code == status

        await until(lambda: ready_is(200))
        assert (await http.get("/metrics")).status_code == 200
        store.away = True
        await until(lambda: ready_is(503))
        assert (await http.get("/live")).status_code == 200
    async with httpx.AsyncClient(trust_env=False) as http:
        with pytest.raises(httpx.ConnectError):
            await http.get(f"http://127.0.0.1:{port}/live")


def failing(times: int) -> tuple[Probe, list[int]]:
    """Make a probe that fails some times, and what counts how often it was asked."""
    asked: list[int] = []

    async def probe() -> None:
        asked.append(1)
        if len(asked) <= times:
            raise StoreUnavailable

    return probe, asked


async def test_a_store_is_waited_for() -> None:
    """Services may be started before their stores: they ask until one answers."""
    probe, asked = failing(2)
    await wait_for("mongo", probe, seconds=PATIENCE_SECONDS)
    assert len(asked) == 3


async def test_a_store_is_not_waited_for_without_end() -> None:
    """Then the process ends, and says which store it was."""
    probe, _ = failing(1_000_000)
    with pytest.raises(SystemExit, match="mongo did not answer"):
        await wait_for("mongo", probe, seconds=0.1)
