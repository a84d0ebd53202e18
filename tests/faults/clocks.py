"""The product's own worker on a machine whose clock is wrong."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.faults.sync_parts import ROOT, Place
from tests.stores import free_port

OFF_SECONDS = 3600.0
# What a wrong clock is to a program: it is told another time, wherever it asks.
_PROGRAM = """
import runpy, time
seconds, nanoseconds = time.time, time.time_ns
time.time = lambda: seconds() + {off}
time.time_ns = lambda: nanoseconds() + int({off} * 1e9)
runpy.run_module("services.sync.worker", run_name="__main__")
"""


@contextmanager
def worker_with_clock(there: Place, off_seconds: float) -> Iterator[None]:
    """Run a worker whose clock is fast by so much, or slow, until left."""
    with there.log.open("ab") as said:
        process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM.format(off=off_seconds)],
            cwd=ROOT,
            env={**os.environ, **there.environment, "HTTP_PORT": str(free_port())},
            stdout=said,
            stderr=subprocess.STDOUT,
        )
    try:
        yield
    finally:
        process.kill()
        process.wait(10)
