"""A process as every service's is, on free ports, whose methods do what a test says."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import grpc
import httpx
from grpc_health.v1 import health_pb2, health_pb2_grpc
from pydantic import SecretStr

from jira_analytics.sync.v1 import sync_pb2 as pb
from jira_analytics.sync.v1.sync_pb2_grpc import SyncServiceStub
from services.chassis.identity import Caller, Role, Tier
from services.chassis.pages import Page
from services.chassis.serving import Probe, Served, running
from services.chassis.settings import Drain, Listen, Mongo, ServerSettings
from services.chassis.tokens import Verify
from services.kernel.ids import UserId, WorkspaceId
from services.kernel.membership import Region
from tests.stores import free_port

DESCRIPTOR = pb.DESCRIPTOR.services_by_name["SyncService"]
NAME = DESCRIPTOR.full_name
TOKEN = (("authorization", "Bearer of-a-member"),)
States = health_pb2.HealthCheckResponse
# What a method does with its call.
Does = Callable[[grpc.aio.ServicerContext[Any, Any]], Awaitable[None]]


async def fine(_context: object) -> None:
    """Do nothing, as it should be."""


class Methods:
    """A servicer of SyncService, each of whose methods does the same."""

    def __init__(self, does: Does) -> None:
        self._does = does

    async def StartSync(self, _request: object, context: Any) -> pb.SyncJob:
        await self._does(context)
        return pb.SyncJob(id="job_1")

    GetSyncJob = StartSync
    ListSyncJobs = StartSync
    GetCompleteness = StartSync
    CancelSyncJob = StartSync
    ListDeadLetters = StartSync
    ReplayDeadLetters = StartSync
    ReceiveJiraWebhook = StartSync

    async def WatchSyncJob(self, _request: object, context: Any) -> AsyncIterator[pb.SyncJob]:
        yield pb.SyncJob(id="job_1")
        await self._does(context)


async def member(_token: str) -> Caller:
    """Take every token for a member's."""
    return Caller(
        user_id=UserId("usr_1"),
        workspace_id=WorkspaceId("wsp_1"),
        role=Role.MEMBER,
        tier=Tier.FREE,
        region=Region.EU,
        time_zone="UTC",
        session_id="ses_1",
        token_id="1",
        expires=0,
    )


@dataclass(frozen=True, slots=True)
class Process:
    """A running process, and ways to speak to it."""

    stub: Any
    watcher: Any
    channel: grpc.aio.Channel
    http: httpx.AsyncClient

    async def start(self) -> pb.SyncJob:
        """Call a method."""
        answer: pb.SyncJob = await self.stub.StartSync(pb.StartSyncRequest(), metadata=TOKEN)
        return answer

    async def watch(self) -> list[pb.SyncJob]:
        """Call a method that streams."""
        call = self.stub.WatchSyncJob(pb.WatchSyncJobRequest(job_id="job_1"), metadata=TOKEN)
        return [answer async for answer in call]

    async def health(self, service: str = NAME) -> int:
        """Tell what gRPC health says."""
        answer = await self.watcher.Check(health_pb2.HealthCheckRequest(service=service))
        return int(answer.status)

    async def page(self, path: str) -> tuple[int, str]:
        """Read a page of the plain-HTTP port."""
        answer = await self.http.get(path)
        return answer.status_code, answer.text


@asynccontextmanager
async def process(
    does: Does = fine,
    *,
    verify: Verify = member,
    probes: Mapping[str, Probe] | None = None,
    pages: Mapping[str, Page] | None = None,
    drain: Drain | None = None,
) -> AsyncIterator[Process]:
    """Run a process until left; it is left before its callers are."""
    settings = ServerSettings(
        grpc=Listen(port=0),
        http=Listen(port=free_port()),
        mongo=Mongo(url=SecretStr("mongodb://unused")),
        drain=drain or Drain(notice_seconds=0, grace_seconds=1),
    )
    served = Served(
        services=[(DESCRIPTOR, Methods(does))],
        verify=verify,
        probes=probes or {},
        pages=pages or {},
    )
    async with AsyncExitStack() as callers, running(settings, served) as port:
        channel = grpc.aio.insecure_channel(f"127.0.0.1:{port}")
        # What the process answered as its last must still be heard.
        callers.push_async_callback(channel.close, 5)
        address = f"http://127.0.0.1:{settings.http.port}"
        http = httpx.AsyncClient(base_url=address, trust_env=False, timeout=10)
        await callers.enter_async_context(http)
        yield Process(SyncServiceStub(channel), health_pb2_grpc.HealthStub(channel), channel, http)
