"""Warm reads of the executive summary: through the gateway, and straight at the service."""

import asyncio
import ssl
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import grpc

from tests.load.driving import Call, Run, flat_out, paced
from tests.load.report import Figure, Section
from tests.load.synced_stack import Synced, rss_megabytes

METHOD = "/jira_analytics.analytics.v1.AnalyticsService/GetExecutiveSummary"
REST = "/api/analytics/executive-summary?period.last_days=90"
# GetExecutiveSummaryRequest{period: {last_days: 90}}: packing it is not what is measured.
QUESTION = b"\x12\x02\x18\x5a"
ROUNDS = 5
SECONDS = 5.0
CONCURRENCY = 16
CALL_SECONDS = 10.0


def _caller(channel: grpc.aio.Channel, metadata: tuple[tuple[str, str], ...]) -> Call:
    ask: Any = channel.unary_unary(METHOD)

    async def call() -> object:
        return await ask(QUESTION, metadata=metadata, timeout=CALL_SECONDS)

    return call


async def _rounds(one: Callable[[], Coroutine[Any, Any, Run]]) -> list[Run]:
    """Measure several times, after one time that does not count."""
    await one()
    return [await one() for _ in range(ROUNDS)]


async def through_gateway(stack: Synced) -> Section:
    """Measure gRPC by TLS through the gateway: flat out, then at half of that pace."""
    pids = {"gateway": stack.pids["gateway"], "service": stack.pids["analytics"]}
    async with grpc.aio.secure_channel(stack.target, stack.credentials()) as channel:
        call = _caller(channel, stack.metadata)
        full = await _rounds(
            lambda: flat_out(call, seconds=SECONDS, concurrency=CONCURRENCY, pids=pids)
        )
        pace = sorted(run.rate for run in full)[len(full) // 2] / 2
        half = await _rounds(lambda: paced(call, seconds=SECONDS, rate=pace, pids=pids))
    return Section(
        "Warm GetExecutiveSummary, gRPC through Envoy with TLS",
        f"JWT, limits, access log and ring hash on; {CONCURRENCY} calls at once on one connection, "
        f"{ROUNDS} rounds of {SECONDS:.0f} s; then at half of the pace, open loop. The client, in "
        "Python, shares the two cores and is what saturates first.",
        _gateway_figures(full, half, stack),
    )


def _gateway_figures(full: list[Run], half: list[Run], stack: Synced) -> list[Figure]:
    both = [run.cpu_per_call("gateway") + run.cpu_per_call("service") for run in full]
    return [
        Figure("requests", "per s", [run.rate for run in full]),
        Figure("p99, flat out", "ms", [run.percentile(99) for run in full]),
        Figure("p99, half of the pace", "ms", [run.percentile(99) for run in half], "< 15"),
        Figure("CPU of Envoy", "µs/request", [run.cpu_per_call("gateway") for run in full]),
        Figure("CPU of the service", "µs/request", [run.cpu_per_call("service") for run in full]),
        Figure("CPU of both", "µs/request", both, "≤ 330"),
        Figure("memory of Envoy", "MB", [rss_megabytes(stack.pids["gateway"])]),
        Figure("memory of analytics", "MB", [rss_megabytes(stack.pids["analytics"])], "≤ 120"),
    ]


async def through_rest(stack: Synced) -> Section:
    """Measure REST by TLS through the gateway."""
    pids = {"gateway": stack.pids["gateway"], "service": stack.pids["analytics"]}
    trust = ssl.create_default_context(cafile=str(stack.running.ca))
    headers = {"Authorization": f"Bearer {stack.token}"}
    url = stack.running.gateway_url + REST
    async with aiohttp.ClientSession(headers=headers) as session:

        async def call() -> object:
            async with session.get(url, ssl=trust) as answer:
                answer.raise_for_status()
                return await answer.read()

        runs = await _rounds(
            lambda: flat_out(call, seconds=SECONDS, concurrency=CONCURRENCY, pids=pids)
        )
    return Section(
        "The same over REST (HTTP/1.1, transcoded to JSON by Envoy)",
        f"{CONCURRENCY} connections, {ROUNDS} rounds of {SECONDS:.0f} s.",
        [
            Figure("requests", "per s", [run.rate for run in runs]),
            Figure("p99, flat out", "ms", [run.percentile(99) for run in runs]),
            Figure("CPU of Envoy", "µs/request", [run.cpu_per_call("gateway") for run in runs]),
            Figure(
                "CPU of the service", "µs/request", [run.cpu_per_call("service") for run in runs]
            ),
        ],
    )


@asynccontextmanager
async def _echo(answer: bytes) -> AsyncIterator[tuple[str, int]]:
    """Run the bare server; gives its address and process id."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(answer)
        file.flush()
        command = [sys.executable, "-m", "tests.load.echo", file.name]
        process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
        try:
            assert process.stdout is not None
            port = (
                (await asyncio.wait_for(process.stdout.readline(), CALL_SECONDS)).decode().strip()
            )
            yield f"127.0.0.1:{port}", process.pid
        finally:
            process.kill()
            await process.wait()


async def service_alone(stack: Synced) -> Section:
    """Measure the service without the gateway, beside a bare server that gives the same bytes."""
    async with grpc.aio.insecure_channel(stack.addresses["analytics"]) as channel:
        call = _caller(channel, stack.metadata)
        answer = await call()
        assert isinstance(answer, bytes)
        async with (
            _echo(answer) as (address, pid),
            grpc.aio.insecure_channel(address) as echo_channel,
        ):
            bare = _caller(echo_channel, stack.metadata)
            ours, theirs = [], []
            # Turn about, so that a drift of the machine meets both.
            for _ in range(ROUNDS):
                ours.append(await _alone(call, stack.pids["analytics"]))
                theirs.append(await _alone(bare, pid))
    ratios = [mine / yours for mine, yours in zip(ours, theirs, strict=True)]
    return Section(
        "The service alone, beside a bare grpc.aio server on uvloop that gives the same bytes",
        f"{CONCURRENCY} calls at once, turn about, {ROUNDS} rounds of {SECONDS:.0f} s each.",
        [
            Figure("CPU of the service", "µs/request", ours),
            Figure("CPU of the bare server", "µs/request", theirs),
            Figure("ratio", "", ratios, "≤ 1.25"),
        ],
    )


async def _alone(call: Call, pid: int) -> float:
    run = await flat_out(call, seconds=SECONDS, concurrency=CONCURRENCY, pids={"it": pid})
    return run.cpu_per_call("it")
