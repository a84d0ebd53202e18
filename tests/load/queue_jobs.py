"""`python -m tests.load.queue_jobs`: what a job costs beside BullMQ alone, on one server (Q12).

Both have the same options, and a job that does nothing; they take turns, so that what else the
machine does is the same for both.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

import uvloop
from bullmq import Job, Queue, Worker
from redis.asyncio import Redis
from rich.console import Console
from rich.progress import track

from services.chassis.clock import system_clock
from services.kernel.ids import ConnectionId
from services.sync.domain.lanes import Lane
from services.sync.queue import (
    ATTEMPTS,
    KEEP_FAILED,
    LOCK_MILLISECONDS,
    STALLED_CHECK_MILLISECONDS,
    job_queue,
    working,
)
from tests.load import report
from tests.stores import valkey

COMMAND = "python -m tests.load.queue_jobs"
JOBS, ROUNDS, AT_ONCE = 2000, 7, 8
TITLE = "Jobs that do nothing, beside BullMQ alone"
Once = Callable[[str], Awaitable[tuple[float, float]]]


class Counted:
    """Counts what was handled; `all` is set at the last."""

    def __init__(self) -> None:
        self.left = JOBS
        self.all = asyncio.Event()

    def one(self) -> None:
        """Count one."""
        self.left -= 1
        if not self.left:
            self.all.set()


async def bare(url: str) -> tuple[float, float]:
    """Put and handle jobs with the library; gives seconds for each."""
    counted = Counted()

    async def handle(_job: Job, _token: str) -> None:
        counted.one()

    queue = Queue("bare", {"connection": url})
    began = time.perf_counter()
    for number in range(JOBS):
        options = {
            "priority": 1,
            "attempts": ATTEMPTS,
            "deduplication": {"id": f"con_{number}", "keepLastIfActive": True},
            "removeOnComplete": True,
            "removeOnFail": KEEP_FAILED,
        }
        await queue.add("sync", {"connection_id": f"con_{number}"}, options)
    put = time.perf_counter() - began
    options = {
        "connection": url,
        "autorun": False,
        "concurrency": AT_ONCE,
        "lockDuration": LOCK_MILLISECONDS,
        "stalledInterval": STALLED_CHECK_MILLISECONDS,
    }
    worker = Worker("bare", handle, options)
    began = time.perf_counter()
    running = asyncio.create_task(worker.run())
    await counted.all.wait()
    handled = time.perf_counter() - began
    await worker.close()
    await running
    await queue.close()
    return put, handled


async def ours(url: str) -> tuple[float, float]:
    """Put and handle as many with the product's queue; gives seconds for each."""
    counted = Counted()

    async def handle(_connection_id: ConnectionId, _attempt: int) -> None:
        counted.one()

    async def lost(connection_id: ConnectionId) -> None:
        raise AssertionError(connection_id)

    async with job_queue(url) as queue:
        began = time.perf_counter()
        for number in range(JOBS):
            await queue.put(ConnectionId(f"con_{number}"), Lane.INTERACTIVE)
        put = time.perf_counter() - began
        began = time.perf_counter()
        async with working(url, handle, lost, clock=system_clock, concurrency=AT_ONCE):
            await counted.all.wait()
            handled = time.perf_counter() - began
    return put, handled


async def _in_turn(one: Once, url: str) -> tuple[float, float]:
    async with Redis.from_url(url) as redis:
        await redis.flushdb()
    put, handled = await one(url)
    return JOBS / put, JOBS / handled


async def measure() -> report.Section:
    """Measure both, in turn."""
    library, product = [], []
    async with valkey("queue") as url:
        for _ in track(range(ROUNDS), "jobs that do nothing"):
            library.append(await _in_turn(bare, url))
            product.append(await _in_turn(ours, url))
    rates = [
        report.Figure(name, "jobs/s", [pair[at] for pair in pairs])
        for at, what in enumerate(("put", "handled"))
        for name, pairs in ((f"{what}, BullMQ alone", library), (f"{what}, ours", product))
    ]
    ratios = [
        report.Figure(
            f"{what}, ours of BullMQ's",
            "ratio",
            [mine[at] / its[at] for its, mine in zip(library, product, strict=True)],
            budget,
        )
        for at, (what, budget) in enumerate((("put", ""), ("handled", "≥ 0.8")))
    ]
    about = (
        f"{JOBS:,} jobs are put, then one worker process handles them, {AT_ONCE} at once, on one "
        f"Valkey with its log on; {ROUNDS} rounds, in which both take turns."
    )
    return report.Section(TITLE, about, [*rates, *ratios])


if __name__ == "__main__":
    page = report.put([uvloop.run(measure())], COMMAND)
    Console().print(page.read_text().partition(f"## {TITLE}")[2])
