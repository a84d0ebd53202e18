"""The service as a process: what it logs and answers holds no secret, whatever goes wrong."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from jira_analytics.auth.v1 import auth_pb2 as pb
from tests.rpc.auth_process import Process, auth_process
from tests.rpc.auth_service import MASTER, refusal_of

PASSWORD = "canary password one"
CORRUPT = "canary of a stored value"


@pytest.fixture
async def process(mongo_url: str, mongo_database: str, tmp_path: Path) -> AsyncIterator[Process]:
    async with auth_process(mongo_url, mongo_database, tmp_path / "log") as running:
        yield running


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
