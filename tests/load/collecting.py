"""What collecting an issue costs, beside other ways to read it: python -m tests.load.collecting."""

import asyncio
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil
from rich.console import Console
from rich.progress import track

from services.kernel.sync_job import Mode
from tests.faults.sync_parts import Place, Stores, place
from tests.load import report
from tests.load.report import Figure, Section
from tests.stores import secantus, valkey
from twin.serving import running

COMMAND: Final = "python -m tests.load.collecting"
ROUNDS: Final = 5
SETTLE_SECONDS: Final = 3.0
RUN_SECONDS: Final = 120
BUDGET_MICROSECONDS: Final = 250


@dataclass(frozen=True, slots=True)
class Cost:
    """What reading every issue once took."""

    issues: int
    entries: int
    cpu_seconds: float
    seconds: float

    @property
    def microseconds(self) -> float:
        """CPU per issue, in µs."""
        return self.cpu_seconds / self.issues * 1e6

    @property
    def pace(self) -> float:
        """Issues per second, by the clock."""
        return self.issues / self.seconds


def _cpu(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


async def _ours(there: Place, pid: int, name: str) -> Cost:
    """Sync a connection that is new, by a worker that runs already."""
    connection = await there.connect(name)
    before = _cpu(pid)
    job = await there.finished(await there.start(connection, Mode.FULL))
    # Its last writes, and what it tells, are a part of it.
    await asyncio.sleep(0.5)
    spent = _cpu(pid) - before
    if job.started is None or job.ended is None:
        raise RuntimeError("a sync that succeeded has no start or no end")
    stored = await there.stored(connection)
    entries = sum(document["history_count"] for document in stored.values())
    return Cost(len(stored), entries, spent, (job.ended - job.started) / 1000)


async def _otherwise(way: str, site: str, mongo_url: str) -> Cost:
    command = (sys.executable, "-m", "tests.load.collecting_otherwise", way, site, mongo_url)
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    said, _ = await asyncio.wait_for(process.communicate(), RUN_SECONDS)
    return Cost(**json.loads(said))


async def measure() -> Section:
    """Measure all three, turn about."""
    ours: list[Cost] = []
    bare: list[Cost] = []
    library: list[Cost] = []
    with tempfile.TemporaryDirectory(prefix="load-") as folder:
        async with secantus() as mongo, valkey("queue") as queue, valkey("cache") as cache:
            stores = Stores(mongo, queue, cache)
            async with (
                running() as twin,
                place(stores, database="collecting", twin=twin, folder=Path(folder)) as there,
            ):
                pid = there.worker().process.pid
                await _ours(there, pid, "warm-up")
                for number in track(range(ROUNDS), "collecting, turn about …"):
                    await asyncio.sleep(SETTLE_SECONDS)
                    ours.append(await _ours(there, pid, f"round-{number}"))
                    bare.append(await _otherwise("bare", twin.origin, mongo))
                    library.append(await _otherwise("library", twin.origin, mongo))
    return _section(ours, bare, library)


def _section(ours: Sequence[Cost], bare: Sequence[Cost], library: Sequence[Cost]) -> Section:
    counts = {(cost.issues, cost.entries) for cost in (*ours, *bare, *library)}
    if len(counts) != 1:
        raise RuntimeError(f"they did not read the same: {counts}")
    [(issues, entries)] = counts
    return Section(
        "Collecting",
        f"{issues:,} real issues with all {entries:,} entries of their changelogs, read from the "
        f"twin; {ROUNDS} rounds, turn about. Ours is all that a running worker spends on a FULL "
        "sync: HTTP, JSON, translation, queue, driver and one fenced transaction a page. Bare is "
        "the same calls by the standard library, their JSON parsed and stored as it is in one "
        "bulk write a page, without transactions, translation or anything to go on from. The "
        "library is `jira` of PyPI, as its users read issues with changelogs; it stores nothing. "
        "Issues per second are by the clock, with the twin and the stores on the same cores.",
        [
            Figure(
                "CPU of ours",
                "µs/issue",
                [c.microseconds for c in ours],
                f"≤ {BUDGET_MICROSECONDS}",
            ),
            Figure("CPU of bare", "µs/issue", [c.microseconds for c in bare]),
            Figure("CPU of the library", "µs/issue", [c.microseconds for c in library]),
            Figure("ours over bare", "", _ratios(ours, bare)),
            Figure("the library over ours", "", _ratios(library, ours)),
            Figure("ours", "issues/s", [c.pace for c in ours]),
            Figure("bare", "issues/s", [c.pace for c in bare]),
            Figure("the library", "issues/s", [c.pace for c in library]),
        ],
    )


def _ratios(these: Sequence[Cost], those: Sequence[Cost]) -> list[float]:
    pairs = zip(these, those, strict=True)
    return [this.microseconds / that.microseconds for this, that in pairs]


if __name__ == "__main__":
    section = asyncio.run(measure())
    report.put([section], COMMAND)
    Console().print(section.text())
