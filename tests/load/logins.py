"""Signing in: how often in a second of a core, and what a flood of it does to other calls.

`python -m tests.load.logins` measures it and puts it into docs/performance.md.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bcrypt
import grpc
import uvloop
from cryptography.fernet import Fernet
from rich.console import Console

from jira_analytics.auth.v1 import auth_pb2
from jira_analytics.auth.v1.auth_pb2_grpc import AuthServiceStub
from services.auth.settings import SAFE_COST
from tests.load import report
from tests.load.driving import Run, flat_out, paced, paced_while
from tests.load.login_flood import PASSWORD, PEOPLE, email
from tests.load.report import Figure, Section
from tests.stores import free_port, secantus

COMMAND = "python -m tests.load.logins"
ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60.0
ROUNDS = 5
LOGIN_SECONDS = 5.0
AT_ONCE = 4
FLOOD = 500
CALM_SECONDS = 10.0
CALM_RATE = 50.0
FLOOD_SAID = (
    f"{FLOOD} logins at once from a process of its own; GetMe asked {CALM_RATE:.0f} times a "
    "second, open loop, from the first of them until the last has its answer; "
    f"{ROUNDS} rounds, turn about with calm ones of {CALM_SECONDS:.0f} s, and with the same "
    "flood at another auth process with a store of its own. Client, services, stores and flood "
    "share the cores: what a flood elsewhere costs is the machine's doing. What is slow is the "
    "first tenth of a second: that 500 calls arrive costs the loop 0.2 ms each before any code "
    "of ours can tell them from others."
)


@dataclass(frozen=True, slots=True)
class Auth:
    """A running auth service, in a process of its own."""

    address: str
    pid: int
    stub: Any
    token: str

    async def me(self) -> object:
        """Ask for what is no concern of passwords."""
        metadata = (("authorization", f"Bearer {self.token}"),)
        return await self.stub.GetMe(auth_pb2.GetMeRequest(), metadata=metadata, timeout=60)


@asynccontextmanager
async def auth_process() -> AsyncIterator[Auth]:
    """Run auth as it is run in production, but for its store, with a few people."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="load-") as folder:
        async with secantus(Path(folder)) as mongo_url:
            environment = {
                **os.environ,
                "GRPC_PORT": str(port),
                "HTTP_PORT": "0",
                "MONGO_URL": mongo_url,
                "MASTER_KEYS": Fernet.generate_key().decode(),
            }
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "services.auth"), env=environment, stdout=subprocess.DEVNULL
            )
            try:
                async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
                    await asyncio.wait_for(channel.channel_ready(), START_SECONDS)
                    stub = AuthServiceStub(channel)
                    tokens = [await _sign_up(stub, number) for number in range(PEOPLE)]
                    yield Auth(f"127.0.0.1:{port}", process.pid, stub, tokens[0])
            finally:
                process.terminate()
                await process.wait()


async def _sign_up(stub: Any, number: int) -> str:
    request = auth_pb2.SignUpRequest(email=email(number), password=PASSWORD, workspace_name="load")
    return str((await stub.SignUp(request, timeout=60)).access_token)


def _bare(seconds: float) -> float:
    """Check passwords with bcrypt alone, in one thread; gives the CPU of one, in milliseconds."""
    kept, count = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(SAFE_COST)), 0
    began, used = time.perf_counter(), time.thread_time()
    while time.perf_counter() - began < seconds:
        bcrypt.checkpw(PASSWORD.encode(), kept)
        count += 1
    return (time.thread_time() - used) / count * 1000


async def logins(auth: Auth) -> Section:
    """Sign in as fast as it goes, turn about with bcrypt alone."""
    request = auth_pb2.LoginRequest(email=email(1), password=PASSWORD)
    ours, theirs, walls = [], [], []
    for _ in range(ROUNDS):
        theirs.append(await asyncio.to_thread(_bare, LOGIN_SECONDS))
        run = await flat_out(
            lambda: auth.stub.Login(request, timeout=60),
            seconds=LOGIN_SECONDS,
            concurrency=AT_ONCE,
            pids={"auth": auth.pid},
        )
        ours.append(run.cpu_per_call("auth") / 1000)
        walls.append(run.rate)
    threads = max((os.cpu_count() or 1) - 1, 1)
    ratios = [bare / mine for mine, bare in zip(ours, theirs, strict=True)]
    return Section(
        "Signing in",
        f"bcrypt at cost {SAFE_COST} on {threads} of {os.cpu_count()} cores, {AT_ONCE} callers at "
        f"once, turn about with bcrypt alone in one thread; {ROUNDS} rounds of "
        f"{LOGIN_SECONDS:.0f} s each. A second of a core is one of CPU, which what else runs on "
        "the machine does not take away; a second by the clock is.",
        [
            Figure("logins of the auth service", "per s of a core", [1000 / one for one in ours]),
            Figure("bcrypt alone", "per s of a core", [1000 / one for one in theirs]),
            Figure("ratio", "", ratios),
            Figure("CPU of the auth service", "ms/login", ours),
            Figure("logins, by the clock", "per s", walls),
        ],
    )


async def _flooded(auth: Auth, address: str) -> tuple[Run, dict[str, Any]]:
    """Ask while many sign in at once at an address, until the last of them has its answer."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.load.login_flood", address, str(FLOOD)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    await asyncio.wait_for(process.stdout.readline(), START_SECONDS)
    process.stdin.write(b"go\n")
    ended = asyncio.create_task(process.stdout.readline())
    run = await paced_while(auth.me, going=lambda: not ended.done(), rate=CALM_RATE)
    await process.wait()
    return run, json.loads(await ended)


async def flood(auth: Auth, another: Auth) -> Section:
    """Ask GetMe at a steady pace, calm and while a flood of logins is dealt with, turn about.

    The same flood at another auth process of this machine tells what of it is the machine's doing.
    """
    calm, beside, flooded, ended = list[Run](), list[Run](), list[Run](), list[dict[str, int]]()
    await paced(auth.me, seconds=1, rate=CALM_RATE, pids={})
    for _ in range(ROUNDS):
        calm.append(await paced(auth.me, seconds=CALM_SECONDS, rate=CALM_RATE, pids={}))
        beside.append((await _flooded(auth, another.address))[0])
        run, how = await _flooded(auth, auth.address)
        flooded.append(run)
        ended.append(how["ended"])
    turned_away = [one.get("RESOURCE_EXHAUSTED", 0) for one in ended]
    return Section(
        "GetMe while people flood in",
        FLOOD_SAID,
        [
            Figure("p99 of GetMe, calm", "ms", [run.percentile(99) for run in calm]),
            Figure("p99 of GetMe, in the flood", "ms", [run.percentile(99) for run in flooded]),
            Figure("p99 of GetMe, flood elsewhere", "ms", [run.percentile(99) for run in beside]),
            Figure("flooded over calm", "", _ratios(flooded, calm), "≤ 2"),
            Figure("flooded elsewhere over calm", "", _ratios(beside, calm)),
            Figure("flooded over flooded elsewhere", "", _ratios(flooded, beside)),
            Figure("median of GetMe, calm", "ms", [run.percentile(50) for run in calm]),
            Figure("median of GetMe, in the flood", "ms", [run.percentile(50) for run in flooded]),
            Figure("until the flood is dealt with", "s", [run.seconds for run in flooded]),
            Figure("logins that succeeded", "of 500", [one.get("OK", 0) for one in ended]),
            Figure("logins told to come again", "of 500", turned_away),
        ],
    )


def _ratios(ours: Sequence[Run], theirs: Sequence[Run]) -> list[float]:
    return [
        one.percentile(99) / other.percentile(99) for one, other in zip(ours, theirs, strict=True)
    ]


async def measure() -> list[Section]:
    """Measure both."""
    async with auth_process() as auth, auth_process() as another:
        return [await logins(auth), await flood(auth, another)]


if __name__ == "__main__":
    sections = uvloop.run(measure())
    report.put(sections, COMMAND)
    for section in sections:
        Console().print(section.text())
