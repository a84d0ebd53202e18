"""`python -m twin jira` starts, says where it is, and stops when it is told to."""

import asyncio
import gzip
import json
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 20.0


@asynccontextmanager
async def started(*options: str, **environment: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "twin", "jira", *options),
        cwd=ROOT,
        env=os.environ | environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def first_line(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    line = await asyncio.wait_for(process.stdout.readline(), PATIENCE_SECONDS)
    return line.decode()


def origin_in(line: str) -> str:
    return next(word for word in line.split() if word.startswith("http://127.0.0.1:"))


async def ended(process: asyncio.subprocess.Process) -> tuple[int | None, str]:
    """Give the exit code and what was said on standard error."""
    _out, err = await asyncio.wait_for(process.communicate(), PATIENCE_SECONDS)
    return process.returncode, err.decode()


@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGINT])
async def test_it_says_where_it_is_and_how_to_sign_in_and_stops_with_0(
    name: signal.Signals,
) -> None:
    async with started("--port", "0") as process:
        line = await first_line(process)
        assert line.startswith("twin: Jira Cloud at http://127.0.0.1:")
        assert "twin-token" in line
        async with httpx.AsyncClient(base_url=origin_in(line)) as client:
            assert (await client.get("/rest/api/3/serverInfo")).status_code == 200
        process.send_signal(name)
        assert await ended(process) == (0, "")


async def test_a_call_that_hangs_does_not_hold_up_the_stop() -> None:
    async with started(TWIN_PORT="0") as process:
        origin = origin_in(await first_line(process))
        async with httpx.AsyncClient(base_url=origin, timeout=PATIENCE_SECONDS) as client:
            await client.post("/_twin/faults", json={"delay_ms": 60_000})
            hanging = asyncio.create_task(client.get("/rest/api/3/serverInfo"))
            await asyncio.sleep(0.2)
            asked = time.perf_counter()
            process.terminate()
            assert (await ended(process))[0] == 0
            assert time.perf_counter() - asked < 3
            with pytest.raises(httpx.HTTPError):
                await hanging


async def test_a_port_that_is_taken_is_said_in_one_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        async with started("--port", str(port)) as process:
            code, said = await ended(process)
    assert code == 1
    assert said == (
        f"twin: port {port} is already taken; choose another with --port or TWIN_PORT.\n"
    )


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "cannot be read"),
        (b"no gzip", "cannot be read"),
        (gzip.compress(b'{"id": "1"}\n', mtime=0), "line 1: not an issue"),
        (gzip.compress(b"{\n", mtime=0), "line 1: not an issue"),
    ],
)
async def test_data_it_cannot_use_is_said_in_one_sentence(
    tmp_path: Path, content: bytes | None, sentence: str
) -> None:
    file = tmp_path / "issues.jsonl.gz"
    if content is not None:
        file.write_bytes(content)
    async with started("--port", "0", "--data", str(file)) as process:
        code, said = await ended(process)
    assert code == 1
    assert sentence in said
    assert said.count("\n") == 1, "no traceback"


async def test_a_shift_file_without_its_instant_is_refused(tmp_path: Path) -> None:
    async with started("--shift-file", str(tmp_path / "shift.json")) as process:
        code, said = await ended(process)
    assert code == 1
    assert "give both" in said


async def test_the_move_to_today_is_the_same_after_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "shift.json"
    file.write_text(json.dumps({"now_is": "2012-04-01T00:00:00+00:00", "shift_days": 5_000}))
    async with started(
        "--port", "0", "--now-is", "2012-04-01", "--shift-file", str(file)
    ) as process:
        origin = origin_in(await first_line(process))
        async with httpx.AsyncClient(base_url=origin, auth=("a@b", "twin-token")) as client:
            issue = (await client.get("/rest/api/3/issue/ANY23-21")).json()
    # 2012-01-03 as the data has it, 5,000 days later
    assert issue["fields"]["created"].startswith("2025-09-11")
    assert json.loads(file.read_text())["shift_days"] == 5_000


async def test_other_data_brings_its_own_statuses(tmp_path: Path) -> None:
    issue = {
        "id": "1",
        "key": "OWN-1",
        "fields": {
            "created": "2020-01-01T00:00:00.000+0000",
            "updated": "2020-01-02T00:00:00.000+0000",
            "status": {"id": "77", "name": "Cooked", "statusCategory": {"id": 3, "key": "done"}},
            "issuetype": {"id": "1", "name": "Dish", "subtask": False},
            "project": {"id": "5", "key": "OWN", "name": "Own"},
        },
        "changelog": {
            "histories": [
                {
                    "id": "9",
                    "created": "2020-01-02T00:00:00.000+0000",
                    "items": [
                        {
                            "field": "status",
                            "fieldtype": "jira",
                            "from": "76",
                            "fromString": "Raw",
                            "to": "77",
                            "toString": "Cooked",
                        }
                    ],
                }
            ]
        },
    }
    file = tmp_path / "issues.jsonl.gz"
    file.write_bytes(gzip.compress(json.dumps(issue).encode()))
    async with started("--port", "0", "--data", str(file)) as process:
        origin = origin_in(await first_line(process))
        async with httpx.AsyncClient(base_url=origin, auth=("a@b", "twin-token")) as client:
            statuses = (await client.get("/rest/api/3/status")).json()
    categories = {status["name"]: status["statusCategory"]["key"] for status in statuses}
    assert categories == {"Cooked": "done", "Raw": "indeterminate"}
