"""Auth is killed in the middle of an erasure: the next one finishes it, nothing is half gone."""

import asyncio
import time
from pathlib import Path

import pytest

from jira_analytics.auth.v1 import auth_pb2 as pb
from tests.faults.erased_person import EMAIL, everything_said
from tests.faults.erasing_elsewhere import Elsewhere, elsewhere
from tests.rpc.auth_process import Process, auth_process
from tests.rpc.auth_service import PASSWORD, refused

PATIENCE_SECONDS = 30.0


def told(other: Elsewhere) -> dict[str, str]:
    return {
        "SERVICES_SYNC_ADDRESS": other.address,
        "SERVICES_ANALYTICS_ADDRESS": other.address,
        "ERASING_EVERY_SECONDS": "0.1",
        "ERASING_LEASE_SECONDS": "1.5",
    }


async def deleted(auth: Process) -> dict[str, str]:
    """Make an account in a workspace of its own and in another's, and let its grace be over."""
    for email in ("host@example.com", EMAIL):
        await auth.stub.SignUp(
            pb.SignUpRequest(email=email, password=PASSWORD, workspace_name="Acme")
        )
    found = {one["email"]: one async for one in auth.database["users"].find({})}
    person, host = found[EMAIL], found["host@example.com"]
    await auth.database["members"].insert_one(
        {
            "_id": f"{host['workspace_id']}:{person['_id']}",
            "workspace_id": host["workspace_id"],
            "user_id": person["_id"],
            "role": "VIEWER",
            "version": 0,
            "joined": 1,
        }
    )
    over = {"$set": {"erased_from": 2, "erasing_until": 0}}
    await auth.database["users"].update_one({"_id": person["_id"]}, over)
    return {"user": person["_id"], "own": person["workspace_id"], "shared": host["workspace_id"]}


async def gone(auth: Process, user_id: str) -> None:
    ends = time.monotonic() + PATIENCE_SECONDS
    while await auth.database["users"].find_one({"_id": user_id}) is not None:
        assert time.monotonic() < ends, "the account is still there"
        await asyncio.sleep(0.05)


@pytest.mark.parametrize("hanging", ["sync", "analytics", "person"])
async def test_a_killed_erasure_is_finished_by_the_next(
    mongo_url: str, mongo_database: str, tmp_path: Path, hanging: str
) -> None:
    """Killed while it waits for another service: what the account says holds until all is done."""
    async with elsewhere(hanging) as other:
        async with auth_process(
            mongo_url, mongo_database, tmp_path / "first.log", **told(other)
        ) as first:
            ids = await deleted(first)
            ends = time.monotonic() + PATIENCE_SECONDS
            while hanging not in [name for name, _ in other.asked]:
                assert time.monotonic() < ends, "nothing was asked"
                await asyncio.sleep(0.02)
            first.popen.kill()
            said = await everything_said(first.database)
            assert EMAIL in said
        other.hanging = ""
        async with auth_process(
            mongo_url, mongo_database, tmp_path / "second.log", **told(other)
        ) as second:
            async with refused("CREDENTIALS_INVALID"):
                await second.stub.Login(pb.LoginRequest(email=EMAIL, password=PASSWORD))
            await gone(second, ids["user"])
            said = await everything_said(second.database)
            assert EMAIL not in said
            assert await second.database["members"].count_documents({}) == 1
            assert await second.database["workspaces"].find_one({"_id": ids["own"]}) is None
        done = {(name, workspace) for name, workspace in other.asked}
        assert {("sync", ids["own"]), ("analytics", ids["own"]), ("person", ids["shared"])} == done
        assert other.callers == {"svc_auth jira-analytics-internal internal"}


async def test_what_is_away_is_waited_for(
    mongo_url: str, mongo_database: str, tmp_path: Path
) -> None:
    """While a service does not answer nothing is erased that could not be found again."""
    async with elsewhere() as other:
        away = {**told(other), "SERVICES_SYNC_ADDRESS": "127.0.0.1:1"}
        async with auth_process(mongo_url, mongo_database, tmp_path / "1.log", **away) as first:
            ids = await deleted(first)
            log = tmp_path / "1.log"
            ends = time.monotonic() + PATIENCE_SECONDS
            while log.read_text().count("an erasure has to wait") < 2:
                assert time.monotonic() < ends, "it was not tried again"
                await asyncio.sleep(0.05)
            assert await first.database["workspaces"].find_one({"_id": ids["own"]}) is not None
            assert await first.database["emails"].find_one({"_id": EMAIL}) is not None
            assert EMAIL not in log.read_text()
        async with auth_process(
            mongo_url, mongo_database, tmp_path / "2.log", **told(other)
        ) as second:
            await gone(second, ids["user"])
