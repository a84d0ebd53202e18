"""Auth killed while it gives events their place: nothing is lost, and nothing is there twice."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from services.auth.store.audit_inbox import AuditInbox
from services.chassis.clock import system_clock
from services.chassis.mongo import Database, connect
from services.chassis.settings import Mongo
from services.kernel.audit import AuditEvent
from tests.faults.processes import Process, ended_at_last
from tests.rpc.audit_chaining import events, require_whole, signer_of
from tests.rpc.auth_service import MASTER
from tests.stores import free_port

# A transaction of a process that was killed holds what it wrote until the server ends it.
PATIENCE_SECONDS = 120.0


@pytest.fixture
async def database(mongo_url: str, mongo_database: str) -> AsyncIterator[Database]:
    async with connect(Mongo(url=SecretStr(mongo_url), database=mongo_database)) as opened:
        yield opened


def auth_process(mongo_url: str, database: str, folder: Path) -> Process:
    """Start a process of auth that looks for events all the time."""
    environment = {
        "GRPC_PORT": str(free_port()),
        "MONGO_URL": mongo_url,
        "MONGO_DATABASE": database,
        "MASTER_KEYS": MASTER,
        "PASSWORDS_COST": "4",
        "AUDIT_REST_SECONDS": "0.01",
        "DRAIN_NOTICE_SECONDS": "0",
    }
    return Process("services.auth", environment, folder / "auth.log")


async def reached(database: Database, wanted: int, auths: list[Process]) -> None:
    """Wait until so many events have their place."""
    ends = time.monotonic() + PATIENCE_SECONDS
    counted = {"workspace_id": {"$in": ["wsp_1", "wsp_2"]}}
    while await database["audit"].count_documents(counted) < wanted:
        assert time.monotonic() < ends, "events do not find their place"
        assert all(auth.alive for auth in auths), "a process ended by itself"
        await asyncio.sleep(0.01)


async def test_two_processes_one_of_them_killed_twice(
    mongo_url: str, mongo_database: str, database: Database, tmp_path: Path
) -> None:
    """Events come all the while; twice a process is killed with -9."""
    happened: list[AuditEvent] = []
    inbox = AuditInbox(database)
    with ended_at_last() as started:
        started += [auth_process(mongo_url, mongo_database, tmp_path) for _ in range(2)]
        for _ in range(2):
            before = len(happened)
            for _ in range(20):
                now = system_clock()
                fresh = [*events("wsp_1", 20, now=now), *events("wsp_2", 5, now=now)]
                happened += fresh
                await inbox.add_once([*fresh, *happened[-40:-38]])
            await reached(database, before + 25, started[-2:])
            started[-2].kill()
            started.append(auth_process(mongo_url, mongo_database, tmp_path))
        await reached(database, len(happened), started[-2:])
        ends = time.monotonic() + PATIENCE_SECONDS
        while await database["audit_inbox"].count_documents({}):
            assert time.monotonic() < ends, "events still wait"
            await asyncio.sleep(0.05)
    keys = (await signer_of(database, MASTER)).published
    await require_whole(database, keys, happened, system_clock)
