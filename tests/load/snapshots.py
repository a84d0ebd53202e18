"""What snapshots cost: python -m tests.load.snapshots [--issues 100000] [--repeats 9].

Documents are made, encoded and decoded here: no store takes part. First load counts the CPU of
decoding, of reading into columns and of building; the rest is wall-clock time in memory.
"""

import argparse
import gc
import os
import platform
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import bson
import polars as pl

from services.analytics.__main__ import CONTAINERS_BETWEEN_COLLECTIONS
from services.analytics.columns import FIELDS, facts_of
from services.analytics.domain.facts import Facts, joined
from services.analytics.domain.question import Question, Report
from services.analytics.domain.snapshot import Snapshot, empty, refreshed
from services.analytics.reports import body_of
from services.analytics.store import BATCH
from services.kernel.period import Period
from tests.load.made_issues import DAY, NOW, STAGES, WORKFLOW, made_documents


def loaded(count: int) -> Snapshot:
    """Build a snapshot of `count` issues as a first load does; prints the CPU it takes."""
    facts: list[Facts] = []
    seconds = dict.fromkeys(("decode", "columns", "build"), 0.0)
    for first in range(0, count, BATCH):
        made = made_documents(min(BATCH, count - first), first=first)
        encoded = [bson.encode({name: one[name] for name in FIELDS}) for one in made]
        began = time.process_time()
        documents = [bson.decode(one) for one in encoded]
        seconds["decode"] += time.process_time() - began
        began = time.process_time()
        facts.append(facts_of(documents))
        seconds["columns"] += time.process_time() - began
    began = time.process_time()
    snapshot = refreshed(empty(STAGES), joined(facts))
    seconds["build"] += time.process_time() - began
    parts = ", ".join(f"{name} {spent:.2f} s" for name, spent in seconds.items())
    print(f"first load of {count:,} issues: {sum(seconds.values()):.2f} s CPU ({parts})")
    return snapshot


def measured(name: str, repeats: int, call: Callable[[], object]) -> None:
    """Print the least, the middle and the greatest wall-clock time of a call."""
    took = []
    for _ in range(repeats):
        began = time.perf_counter()
        call()
        took.append((time.perf_counter() - began) * 1000)
    print(
        f"{name:42} min {min(took):7.1f}  median {statistics.median(took):7.1f}"
        f"  max {max(took):7.1f} ms"
    )


def question(report: Report, *, days: int, ago: int = 0) -> Question:
    """Ask about the last days as known `ago` days before the end."""
    period, as_of = Period(NOW - days * DAY, NOW), NOW - ago * DAY
    return Question(report, "", period, as_of, "UTC", projects=(), issue_types=(), digest="")


def changed(snapshot: Snapshot, count: int) -> Snapshot:
    """Refresh a snapshot after changes to issues all over it."""
    step = max(snapshot.base.issues.height // count, 1)
    documents = [next(made_documents(1, first=place * step, seq=2)) for place in range(count)]
    return refreshed(snapshot, joined([facts_of(documents)]))


def resident_megabytes() -> float:
    """Tell the memory the process takes."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def main() -> None:
    """Print all measurements for one number of issues."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--issues", type=int, default=100_000)
    arguments.add_argument("--repeats", type=int, default=9)
    given = arguments.parse_args()
    gc.set_threshold(CONTAINERS_BETWEEN_COLLECTIONS)
    print(f"{platform.platform()}, {os.cpu_count()} cores, polars {pl.__version__}")
    print(f"load average before: {os.getloadavg()[0]:.2f}")
    snapshot = loaded(given.issues)
    print(f"frames {snapshot.byte_count / 1e6:.0f} MB, resident {resident_megabytes():.0f} MB")
    asked = {
        "executive summary, 90 days": question(Report.EXECUTIVE_SUMMARY, days=90),
        "executive summary, 90 days, as known then": question(
            Report.EXECUTIVE_SUMMARY, days=90, ago=30
        ),
        "executive summary, three years": question(Report.EXECUTIVE_SUMMARY, days=1095),
        "bottlenecks, 90 days": question(Report.BOTTLENECKS, days=90),
        "workload, 90 days": question(Report.WORKLOAD, days=90),
    }
    for name, one in asked.items():
        measured(name, given.repeats, partial(body_of, snapshot, one, WORKFLOW))
    measured("refresh of 100 changed issues", given.repeats, lambda: changed(snapshot, 100))
    overlaid = changed(snapshot, min(4000, given.issues // 10))
    measured("the same on an overlay of 4,000", given.repeats, lambda: changed(overlaid, 100))
    summary = asked["executive summary, 90 days"]
    measured("its summary", given.repeats, lambda: body_of(overlaid, summary, WORKFLOW))
    print(f"resident {resident_megabytes():.0f} MB")


if __name__ == "__main__":
    main()
