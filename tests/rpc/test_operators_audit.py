"""Operators list and verify what was done in no workspace; nobody else does."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from client.session import FILE_VARIABLE
from deploy.operators_audit import app
from jira_analytics.auth.v1 import operator_pb2
from jira_analytics.auth.v1 import workspace_pb2 as pb
from jira_analytics.auth.v1.operator_pb2_grpc import OperatorServiceStub
from services.auth.settings import AuditSettings
from tests.auth_stand_in import SECRET
from tests.rpc.auth_service import Auth, auth_service, refused
from tests.rpc.auth_workspaces import signed_up

PATIENCE_SECONDS = 20.0
Run = Callable[..., Result]


@pytest.fixture
async def auth(mongo_url: str, mongo_database: str) -> AsyncIterator[Auth]:
    quick = AuditSettings(rest_seconds=0.05)
    async with auth_service(mongo_url, mongo_database, audit=quick) as running:
        yield running


@pytest.fixture
def run(auth: Auth, tmp_path: Path) -> Run:
    environment = {
        "AUTH_ADDRESS": auth.address,
        "CLIENT_ID": "operator",
        "CLIENT_SECRET": SECRET,
        FILE_VARIABLE: str(tmp_path / "session.json"),
    }

    def call(*arguments: str) -> Result:
        return CliRunner().invoke(app, arguments, env=environment)

    return call


async def rotated(auth: Auth) -> None:
    """Rotate the keys, and wait until that has its place."""
    stub: Any = OperatorServiceStub(auth.channel)
    metadata = await auth.as_service("operator")
    await stub.RotateKeys(operator_pb2.RotateKeysRequest(), metadata=metadata)
    ends = time.monotonic() + PATIENCE_SECONDS
    while await auth.database["audit_inbox"].count_documents({"workspace_id": "operators"}):
        assert time.monotonic() < ends, "events still wait for their place"
        await asyncio.sleep(0.02)


async def test_operators_see_what_belongs_to_no_workspace(auth: Auth, run: Run) -> None:
    """Keys and service tokens; nothing that belongs to a workspace."""
    await signed_up(auth, "a@example.com")
    await rotated(auth)
    done = await asyncio.to_thread(run, "--json")
    assert done.exit_code == 0, done.output
    seen = {one["action"] for one in json.loads(done.output)["audit_events"]}
    assert seen == {"key.rotate", "service_token.issue"}
    listed = await asyncio.to_thread(run, "--action", "key.")
    assert "key.rotate" in listed.output
    assert "service_token" not in listed.output


async def test_it_verifies_until_somebody_changes_it(auth: Auth, run: Run) -> None:
    """As any workspace's audit does; what was whole is remembered."""
    await rotated(auth)
    done = await asyncio.to_thread(run, "verify")
    assert done.exit_code == 0, done.output
    assert "the audit is whole" in done.output
    changed = {"$set": {"actor_id": "svc_auth"}}
    await auth.database["audit"].update_one({"action": "service_token.issue"}, changed)
    done = await asyncio.to_thread(run, "verify")
    assert done.exit_code == 1
    assert "not whole" in done.output


async def test_nobody_else_lists_it(auth: Auth) -> None:
    """No owner, and no service; owners see nothing of it in their own."""
    owner = await signed_up(auth, "a@example.com")
    stub: Any = OperatorServiceStub(auth.channel)
    for method in (stub.ListAuditEvents, stub.ListAuditCheckpoints):
        request = (
            pb.ListAuditEventsRequest()
            if method is stub.ListAuditEvents
            else pb.ListAuditCheckpointsRequest()
        )
        async with refused("TOKEN_INVALID"):
            await method(request, metadata=owner.bearer)
        async with refused("SCOPE_INSUFFICIENT"):
            await method(request, metadata=await auth.as_service("sync"))
