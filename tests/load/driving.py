"""Drives calls: as fast as they are answered, or at a steady pace; bounded in count and time."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import psutil

Call = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Run:
    """What a run of calls was like: seconds of each, and the CPU that each process used."""

    seconds: float
    latencies: list[float]
    cpu_seconds: Mapping[str, float]

    @property
    def rate(self) -> float:
        """Calls per second."""
        return len(self.latencies) / self.seconds

    def percentile(self, percent: int) -> float:
        """Give the nearest-rank percentile of the latencies, in milliseconds."""
        ordered = sorted(self.latencies)
        rank = -(-percent * len(ordered) // 100)
        return ordered[rank - 1] * 1000

    def cpu_per_call(self, name: str, *, idle: Mapping[str, float] | None = None) -> float:
        """Give what a process used for each call, in microseconds.

        `idle`: what each process uses in a second while nobody calls, which is taken off.
        """
        used = self.cpu_seconds[name] - (idle or {}).get(name, 0.0) * self.seconds
        return used / len(self.latencies) * 1e6


def _cpu(pids: Mapping[str, int]) -> dict[str, float]:
    used = {name: psutil.Process(pid).cpu_times() for name, pid in pids.items()}
    return {name: times.user + times.system for name, times in used.items()}


async def _timed(call: Call, latencies: list[float]) -> None:
    began = time.perf_counter()
    await call()
    latencies.append(time.perf_counter() - began)


async def idle(*, seconds: float, pids: Mapping[str, int]) -> dict[str, float]:
    """Measure what each process uses in a second while nobody calls."""
    before, began = _cpu(pids), time.perf_counter()
    await asyncio.sleep(seconds)
    after, passed = _cpu(pids), time.perf_counter() - began
    return {name: (after[name] - before[name]) / passed for name in pids}


async def flat_out(call: Call, *, seconds: float, concurrency: int, pids: Mapping[str, int]) -> Run:
    """Call as fast as calls are answered, `concurrency` at once."""
    latencies: list[float] = []
    before, began = _cpu(pids), time.perf_counter()

    async def lane() -> None:
        while time.perf_counter() - began < seconds:
            await _timed(call, latencies)

    await asyncio.gather(*(lane() for _ in range(concurrency)))
    return _run(began, latencies, before, pids)


async def paced(call: Call, *, seconds: float, rate: float, pids: Mapping[str, int]) -> Run:
    """Call at a steady rate, whether or not calls are answered: queueing shows as latency."""
    latencies: list[float] = []
    before, began = _cpu(pids), time.perf_counter()
    calls = []
    for index in range(int(seconds * rate)):
        await asyncio.sleep(max(began + index / rate - time.perf_counter(), 0))
        calls.append(asyncio.create_task(_timed(call, latencies)))
    await asyncio.gather(*calls)
    return _run(began, latencies, before, pids)


async def paced_while(call: Call, *, going: Callable[[], bool], rate: float) -> Run:
    """Call at a steady rate for as long as something goes on."""
    latencies: list[float] = []
    began = time.perf_counter()
    calls: list[asyncio.Task[None]] = []
    while going():
        calls.append(asyncio.create_task(_timed(call, latencies)))
        await asyncio.sleep(max(began + len(calls) / rate - time.perf_counter(), 0))
    await asyncio.gather(*calls)
    return _run(began, latencies, {}, {})


def _run(
    began: float, latencies: list[float], before: Mapping[str, float], pids: Mapping[str, int]
) -> Run:
    seconds = time.perf_counter() - began
    after = _cpu(pids)
    used = {name: after[name] - before[name] for name in pids}
    return Run(seconds=seconds, latencies=latencies, cpu_seconds=used)
