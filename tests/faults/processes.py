"""Processes that are killed and frozen by their handles: the product's own, and its stores."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    contextmanager,
)
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.stores import free_port

ROOT = Path(__file__).parents[2]
# As long as Kubernetes gives a process to end.
STOP_SECONDS = 30.0


@dataclass(slots=True)
class Store:
    """A store that is killed with -9, and started again at the same address with its data."""

    serve: Callable[..., AbstractAsyncContextManager[str]]
    port: int = field(default_factory=free_port)
    _open: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def start(self) -> str:
        """Start it; gives its address."""
        return await self._open.enter_async_context(self.serve(port=self.port))

    async def kill(self) -> None:
        """End it as a power cut would."""
        servers = [
            child
            for child in psutil.Process().children(recursive=True)
            if str(self.port) in " ".join(child.cmdline())
        ]
        assert servers, "there is no server to kill"
        for server in servers:
            server.kill()
        await self._open.aclose()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        """Start it, and stop what runs of it at the end; gives its address."""
        try:
            yield await self.start()
        finally:
            await self._open.aclose()


class Process:
    """One of the product's processes; what it says is added to a file."""

    def __init__(self, module: str, environment: dict[str, str], log: Path) -> None:
        with log.open("ab") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-m", module],
                cwd=ROOT,
                env={**os.environ, **environment, "HTTP_PORT": str(free_port())},
                stdout=said,
                stderr=subprocess.STDOUT,
            )

    @property
    def alive(self) -> bool:
        """Whether it has not ended."""
        return self.process.poll() is None

    def kill(self) -> None:
        """Kill it with -9, whatever it does, frozen or not."""
        self.process.kill()
        self.process.wait(STOP_SECONDS)

    def freeze(self) -> None:
        """Take its processor away: it does not know that time goes by."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on as if nothing had been."""
        self.process.send_signal(signal.SIGCONT)

    async def stop(self, seconds: float = STOP_SECONDS) -> int:
        """Tell it to stop; gives its exit code, TimeoutExpired where it takes longer."""
        self.process.terminate()
        return await asyncio.to_thread(self.process.wait, seconds)


@contextmanager
def ended_at_last() -> Iterator[list[Process]]:
    """Give a list; whatever process is in it at the end is killed."""
    started: list[Process] = []
    try:
        yield started
    finally:
        for process in started:
            process.kill()
