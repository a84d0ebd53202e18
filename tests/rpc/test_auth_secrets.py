"""The service as a process: what it logs and answers holds no secret, whatever goes wrong."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest
from pymongo import AsyncMongoClient

from jira_analytics.auth.v1 import auth_pb2 as pb
from jira_analytics.auth.v1.auth_pb2_grpc import AuthServiceStub
from services.chassis.mongo import Database
from tests.rpc.auth_service import MASTER, refusal_of
from tests.stores import free_port

ROOT = Path(__file__).parents[2]
PASSWORD = "canary password one"
CORRUPT = "canary of a stored value"
START_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Process:
    """A running service process."""

    popen: subprocess.Popen[bytes]
    log: Path
    stub: Any
    database: Database


async def await_ready(process: subprocess.Popen[bytes], port: int) -> None:
    ends = time.monotonic() + START_SECONDS
    async with httpx.AsyncClient(trust_env=False) as http:
        while time.monotonic() < ends and process.poll() is None:
            try:
                if (await http.get(f"http://127.0.0.1:{port}/ready")).is_success:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.05)
    raise AssertionError("the service did not become ready")


@pytest.fixture
async def process(mongo_url: str, mongo_database: str, tmp_path: Path) -> AsyncIterator[Process]:
    grpc_port, http_port = free_port(), free_port()
    environment = {
        **os.environ,
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'gen'}",
        "GRPC_PORT": str(grpc_port),
        "HTTP_PORT": str(http_port),
        "MONGO_URL": mongo_url,
        "MONGO_DATABASE": mongo_database,
        "MASTER_KEYS": MASTER,
        "PASSWORDS_COST": "4",
        "LOG_LEVEL": "DEBUG",
        "LOG_SLOW_MILLISECONDS": "0.001",
        "DRAIN_NOTICE_SECONDS": "0",
    }
    command = [sys.executable, "-m", "services.auth"]
    with (tmp_path / "log").open("wb") as log:
        popen = subprocess.Popen(  # noqa: ASYNC220 - it outlives this loop's turn
            command, env=environment, cwd=ROOT, stdout=log, stderr=log
        )
    try:
        await await_ready(popen, http_port)
        client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(mongo_url)
        async with grpc.aio.insecure_channel(f"127.0.0.1:{grpc_port}") as channel, client:
            stub = AuthServiceStub(channel)
            yield Process(popen, tmp_path / "log", stub, client[mongo_database])
    finally:
        popen.terminate()
        popen.wait(15)


async def failure(call: Any) -> grpc.aio.AioRpcError:
    with pytest.raises(grpc.aio.AioRpcError) as failed:
        await call
    return failed.value


def authorized(tokens: pb.Tokens) -> Any:
    return (("authorization", f"Bearer {tokens.access_token}"),)


async def test_no_secret_is_logged_or_answered(process: Process) -> None:
    """Through every RPC, right and wrong, with every call logged as slow: no canary is seen."""
    login = pb.LoginRequest(email="a@example.com", password=PASSWORD)
    sign_up = pb.SignUpRequest(email=login.email, password=PASSWORD, workspace_name="Acme")
    first = await process.stub.SignUp(sign_up)
    second = await process.stub.Login(login)
    third = await process.stub.Refresh(pb.RefreshRequest(refresh_token=second.refresh_token))
    fourth = await process.stub.Refresh(pb.RefreshRequest(refresh_token=third.refresh_token))
    await process.stub.GetMe(pb.GetMeRequest(), metadata=authorized(first))
    wrong = pb.LoginRequest(email=login.email, password=PASSWORD + "!")
    failures = [
        await failure(process.stub.SignUp(sign_up)),
        await failure(process.stub.SignUp(pb.SignUpRequest(password=PASSWORD * 9))),
        await failure(process.stub.Login(wrong)),
        await failure(process.stub.Refresh(pb.RefreshRequest(refresh_token=second.refresh_token))),
        await failure(process.stub.Refresh(pb.RefreshRequest(refresh_token=fourth.refresh_token))),
    ]
    await process.database["workspaces"].update_many({}, {"$set": {"tier": CORRUPT}})
    failures += [
        await failure(process.stub.Login(login)),
        await failure(process.stub.GetMe(pb.GetMeRequest(), metadata=authorized(first))),
    ]
    stored = await process.database["users"].find_one({})
    assert stored is not None
    secrets = [PASSWORD, MASTER, stored["password"]["hash"]]
    secrets += [one.refresh_token for one in (first, second, third, fourth)]
    secrets += [one.access_token for one in (first, second, third, fourth)]
    log = process.log.read_text()
    answers = " ".join(refusal_of(error).everything for error in failures)
    assert "slow call" in log
    for secret in secrets:
        assert secret not in log
        assert secret not in answers
    assert CORRUPT not in answers


async def test_an_unexpected_error_is_internal_with_an_id(process: Process) -> None:
    """The caller gets INTERNAL and an id; the log has that id with what really happened."""
    login = pb.LoginRequest(email="a@example.com", password=PASSWORD)
    await process.stub.SignUp(
        pb.SignUpRequest(email=login.email, password=PASSWORD, workspace_name="Acme")
    )
    await process.database["workspaces"].update_many({}, {"$set": {"tier": CORRUPT}})
    refusal = refusal_of(await failure(process.stub.Login(login)))
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.INTERNAL, "INTERNAL")
    assert "internal error" in refusal.everything
    assert "Traceback" not in refusal.everything
    assert CORRUPT not in refusal.everything
    lines = [json.loads(line) for line in process.log.read_text().splitlines()]
    told = [
        line for line in lines if line.get("correlation_id") == refusal.metadata["correlation_id"]
    ]
    assert len(told) == 1
    assert CORRUPT in told[0]["exception"]
    assert told[0]["endpoint"] == "/jira_analytics.auth.v1.AuthService/Login"


async def test_the_process_stops_when_told(process: Process) -> None:
    """SIGTERM ends it in order, with exit code 0 and every log line in JSON."""
    process.popen.terminate()
    assert await asyncio.to_thread(process.popen.wait, 15) == 0
    lines = [json.loads(line) for line in process.log.read_text().splitlines()]
    assert lines[-1]["message"] == "stopped"
    assert {line["service"] for line in lines} == {"auth"}
