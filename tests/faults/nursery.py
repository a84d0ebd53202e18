"""Processes that cost milliseconds to start, so that hundreds can be killed.

`python -m tests.faults.nursery` imports what they need, opens nothing, and forks one per order: a
line of JSON on its input that names a coroutine and its arguments. It answers with the process's
id. When its input ends it kills whatever still lives.
"""

import asyncio
import gc
import importlib
import json
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from tests.faults.waiting import until_true

ROOT = Path(__file__).parents[2]
# What a child may be asked to do; imported once, before there is any.
MODULES = ("tests.faults.queue_hand", "tests.faults.mortal_worker")


@dataclass(slots=True)
class Child:
    """A process of a nursery's."""

    pid: int

    @property
    def alive(self) -> bool:
        """Whether it has not ended; the nursery takes note of ends at once."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        return True

    def send(self, number: signal.Signals) -> None:
        """Send it a signal, unless it has ended."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    async def ended(self) -> None:
        """Wait until it has ended."""
        await until_true(lambda: not self.alive, lambda: f"{self.pid} does not end")


@dataclass(slots=True)
class Nursery:
    """Bears processes."""

    process: subprocess.Popen[str]
    log: Path
    children: list[Child] = field(default_factory=list)

    def bear(self, what: Callable[..., Any], **arguments: Any) -> Child:
        """Let a process run a coroutine of this name, with arguments that are JSON."""
        order = {"module": what.__module__, "name": what.__name__, "arguments": arguments}
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        child = Child(int(self.process.stdout.readline()))
        self.children.append(child)
        return child

    @property
    def said(self) -> str:
        """What its processes said last."""
        return self.log.read_text(errors="replace")[-4000:]


@contextmanager
def nursery(log: Path) -> Iterator[Nursery]:
    """Open a nursery; what it bore is killed at the end. `log` takes what all of them say."""
    with log.open("ab") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.nursery"],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([".", "gen"])},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
        )
    try:
        yield Nursery(process, log)
    finally:
        process.communicate(timeout=20)


def _live(order: dict[str, Any]) -> None:
    """Do what was ordered, as a process of its own."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    work = getattr(importlib.import_module(order["module"]), order["name"])
    asyncio.run(work(**order["arguments"]))


def _serve(orders: IO[str]) -> None:
    for module in MODULES:
        importlib.import_module(module)
    gc.freeze()
    # Ends of children are noted by the system, and nobody waits for them.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    born: list[int] = []
    for line in orders:
        child = os.fork()
        if not child:
            try:
                _live(json.loads(line))
            except BaseException:  # noqa: BLE001 - what a child raises must not go on in its parent
                traceback.print_exc()
            finally:
                os._exit(0)
        born.append(child)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()
    _end(born)


def _end(born: Sequence[int]) -> None:
    for child in born:
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)


if __name__ == "__main__":
    _serve(sys.stdin)
