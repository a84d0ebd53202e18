"""A terminal with the command line in it, beside a product that answers by hand."""

import asyncio
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest_asyncio

from jira_analytics.sync.v1.connection_pb2 import Connection, ListConnectionsResponse
from tests.rpc.client_stand_in import EMAIL, PASSWORD, Served, served
from tests.unit.client_examples import bottlenecks, summary, workload
from tests.unit.client_workspaces import answers

SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended, and what it said where."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Terminal:
    """A shell with the product's address in its environment."""

    served: Served
    folder: Path

    async def run(self, *arguments: str, **environment: str) -> Ran:
        process = await self.start(*arguments, **environment)
        out, err = await asyncio.wait_for(process.communicate(), SECONDS)
        return Ran(process.returncode or 0, out.decode(), err.decode())

    async def start(self, *arguments: str, **environment: str) -> asyncio.subprocess.Process:
        """Begin to run a command."""
        return await asyncio.create_subprocess_exec(
            *self._command(arguments),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**self._environment(), **environment},
        )

    async def type(self, *arguments: str, answers: dict[str, str], **environment: str) -> Ran:
        """Run a command at a real terminal, and answer its questions when they stand there.

        What the terminal echoes is in `out`, as a person sees it.
        """
        spawn = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))"
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", spawn, *self._command(arguments)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**self._environment(), **environment},
        )
        assert process.stdin is not None
        assert process.stdout is not None
        seen = b""
        async with asyncio.timeout(SECONDS):
            for question, answer in answers.items():
                seen += await process.stdout.readuntil(question.encode())
                process.stdin.write(f"{answer}\n".encode())
            seen += await process.stdout.read()
            return Ran(await process.wait(), seen.decode(), "")

    def _command(self, arguments: tuple[str, ...]) -> tuple[str, ...]:
        return (str(Path(sys.executable).with_name("python")), "-m", "client.cli", *arguments)

    def _environment(self) -> dict[str, str]:
        root = Path(__file__).resolve().parents[2]
        return {
            "PYTHONPATH": f"{root}:{root / 'gen'}",
            "HOME": str(self.folder),
            "COLUMNS": "100",
            "JIRA_ANALYTICS_GATEWAY": self.served.gateway.origin,
            "JIRA_ANALYTICS_CA": str(self.served.ca),
        }


@pytest_asyncio.fixture
async def terminal(tmp_path: Path) -> AsyncIterator[Terminal]:
    async with served(tmp_path) as found:
        product = found.product
        product.answers |= {
            "GetExecutiveSummary": summary(),
            "GetBottlenecks": bottlenecks(),
            "GetWorkload": workload(),
            "CreateConnection": _connection(),
            "UpdateConnection": _connection(),
            "ListConnections": ListConnectionsResponse(connections=[_connection()]),
        } | answers()
        yield Terminal(found, tmp_path)


@pytest_asyncio.fixture
async def signed_in(terminal: Terminal) -> Terminal:
    ran = await terminal.run("login", "--email", EMAIL, JIRA_ANALYTICS_PASSWORD=PASSWORD)
    assert ran.code == 0, ran.err
    return terminal


def _connection() -> Connection:
    return Connection(
        id="con_1", name="acme", site_url="https://acme.atlassian.net", state=Connection.ACTIVE
    )
