"""The service is killed while it refreshes: whenever it dies, the client's token is good again."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import grpc
import pytest
from pymongo import AsyncMongoClient

from jira_analytics.auth.v1 import auth_pb2 as pb
from jira_analytics.auth.v1.auth_pb2_grpc import AuthServiceStub
from services.auth.domain.session import digest_of
from services.chassis.mongo import Database
from tests.faults.processes import Process
from tests.faults.waiting import until
from tests.rpc.auth_service import MASTER, PASSWORD
from tests.stores import free_port

# How long after a refresh was asked for the service is killed: before and within its trade, as it
# happens; and at last once the trade is stored.
DELAYS = [milliseconds / 1000 for milliseconds in (0, 4, 8, 12)]
STORED = None


class KilledAuth:
    """The service as a process at one address, killed and started again."""

    def __init__(self, mongo_url: str, database: str, log: Path) -> None:
        self._log = log
        self._environment = {
            "GRPC_PORT": str(free_port()),
            "MONGO_URL": mongo_url,
            "MONGO_DATABASE": database,
            "MASTER_KEYS": MASTER,
            "PASSWORDS_COST": "4",
        }
        self.process = self.started()

    def started(self) -> Process:
        return Process("services.auth", self._environment, self._log)

    def restart(self) -> None:
        self.process.kill()
        self.process = self.started()

    async def ask(self, method: str, request: Any) -> pb.Tokens:
        """Ask on a connection of its own, and wait until somebody is there."""
        port = self._environment["GRPC_PORT"]
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            call = getattr(AuthServiceStub(channel), method)
            answer: pb.Tokens = await call(request, wait_for_ready=True, timeout=30)
            return answer

    async def refresh(self, text: str) -> pb.Tokens:
        return await self.ask("Refresh", pb.RefreshRequest(refresh_token=text))


@pytest.fixture
async def auth(mongo_url: str, mongo_database: str, tmp_path: Path) -> AsyncIterator[KilledAuth]:
    auth = KilledAuth(mongo_url, mongo_database, tmp_path / "log")
    try:
        yield auth
    finally:
        auth.process.kill()


@pytest.fixture
async def database(mongo_url: str, mongo_database: str) -> AsyncIterator[Database]:
    async with AsyncMongoClient[dict[str, Any]](mongo_url) as client:
        yield client[mongo_database]


async def heads(database: Database) -> list[str]:
    """Name the tokens that are unspent."""
    return [one["_id"] for one in await database["refresh_tokens"].find({"used": False}).to_list()]


async def traded(database: Database, spent: str) -> bool:
    """Tell whether a token was given for another one."""
    return await heads(database) != [spent]


async def test_whenever_the_service_dies_the_token_is_good_again(
    auth: KilledAuth, database: Database
) -> None:
    """Killed at five moments of a refresh: the retry gets the session's one unspent token.

    The last one is after its trade for certain, however slow the machine is.
    """
    asked = pb.SignUpRequest(email="a@example.com", password=PASSWORD, workspace_name="Acme")
    tokens = await auth.ask("SignUp", asked)
    for delay in (*DELAYS, STORED):
        spent = digest_of(tokens.refresh_token)
        assert await heads(database) == [spent]
        call = asyncio.create_task(auth.refresh(tokens.refresh_token))
        if delay is STORED:
            await until(partial(traded, database, spent), str)
        else:
            await asyncio.sleep(delay)
        auth.restart()
        # A transaction that a dead process left open ends after a minute; there is no need to wait.
        await database.client.admin.command("killAllSessions", [])
        await asyncio.gather(call, return_exceptions=True)
        assert len(await heads(database)) == 1
        tokens = await auth.refresh(tokens.refresh_token)
        assert await heads(database) == [digest_of(tokens.refresh_token)]
    assert await database["sessions"].count_documents({"revoked": True}) == 0
