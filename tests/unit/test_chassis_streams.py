"""A stream lasts as long as the token it was opened with."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest

from jira_analytics.sync.v1 import sync_pb2 as pb
from services.chassis.identity import Caller
from services.kernel.errors import TokenStale
from tests.rpc.auth_service import refused
from tests.unit import chassis_process
from tests.unit.chassis_process import TOKEN, Methods, member, process

WATCH = pb.WatchSyncJobRequest(job_id="job_1")
# More than is on its way to a caller who does not read.
LARGE = "x" * 1_000_000


class Door:
    """Verifies tokens until they are revoked."""

    def __init__(self) -> None:
        self.revoked = False
        self.asked = asyncio.Event()

    async def verify(self, token: str) -> Caller:
        self.asked.set()
        if self.revoked:
            raise TokenStale
        return await member(token)


class Endless:
    """Waits until it is interrupted, and tells so."""

    def __init__(self) -> None:
        self.waits = asyncio.Event()
        self.interrupted = asyncio.Event()

    async def __call__(self, _context: object) -> None:
        self.waits.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.interrupted.set()


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.chassis.access.ASK_AGAIN_SECONDS", 0.02)


async def asked_again(door: Door, times: int = 3) -> None:
    """Wait until a token was asked for so many more times."""
    for _ in range(times):
        door.asked.clear()
        await asyncio.wait_for(door.asked.wait(), 10)


def asking() -> list[str]:
    """Name what still asks for a token."""
    return [name for task in asyncio.all_tasks() if "_keep_asking" in (name := repr(task))]


async def test_who_waits_on_a_stream_is_told_that_the_token_is_stale() -> None:
    """The stream goes on while the token holds; then it is interrupted and says why."""
    door, endless = Door(), Endless()
    async with process(endless, verify=door.verify) as running:
        call = running.stub.WatchSyncJob(WATCH, metadata=TOKEN, timeout=20)
        assert (await call.read()).id == "job_1"
        await endless.waits.wait()
        await asked_again(door)
        assert not endless.interrupted.is_set()
        door.revoked = True
        async with refused("TOKEN_STALE") as seen:
            await call.read()
        assert seen[0].code is grpc.StatusCode.UNAUTHENTICATED
        assert endless.interrupted.is_set()


async def test_who_reads_slowly_is_told_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is made after the revocation; what was under way arrives, and then the reason."""
    made: list[int] = []

    class Large(Methods):
        async def WatchSyncJob(self, _request: object, _: Any) -> AsyncIterator[pb.SyncJob]:
            while True:
                made.append(1)
                yield pb.SyncJob(id=LARGE)

    monkeypatch.setattr(chassis_process, "Methods", Large)
    door = Door()
    async with process(verify=door.verify) as running:
        call = running.stub.WatchSyncJob(WATCH, metadata=TOKEN, timeout=20)
        await asked_again(door)
        door.revoked = True
        await asked_again(door, 1)
        before = len(made)
        arrived = 0
        async with refused("TOKEN_STALE"):
            async for _ in call:
                arrived += 1
        assert arrived <= len(made) <= before + 1


async def test_who_hangs_up_leaves_nothing_behind() -> None:
    """The method is interrupted as ever, and nobody asks for the token any more."""
    door, endless = Door(), Endless()
    async with process(endless, verify=door.verify) as running:
        call = running.stub.WatchSyncJob(WATCH, metadata=TOKEN, timeout=20)
        await call.read()
        await endless.waits.wait()
        assert len(asking()) == 1
        call.cancel()
        await asyncio.wait_for(endless.interrupted.wait(), 10)
        for _ in range(50):
            await asyncio.sleep(0)
        assert asking() == []


async def test_a_stream_that_ends_by_itself_is_not_asked_for() -> None:
    """It is as before: all of it arrives, and that is all."""
    door = Door()
    async with process(verify=door.verify) as running:
        assert [one.id for one in await running.watch()] == ["job_1"]
        assert asking() == []
