"""A process that serves what only services may call, and what only people may."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf.empty_pb2 import Empty
from pydantic import SecretStr

from jira_analytics.analytics.v1 import internal_pb2 as internal
from jira_analytics.analytics.v1.internal_pb2_grpc import InternalServiceStub
from jira_analytics.auth.v1 import operator_pb2 as operator
from jira_analytics.auth.v1.operator_pb2_grpc import OperatorServiceServicer, OperatorServiceStub
from jira_analytics.sync.v1 import sync_pb2 as sync
from jira_analytics.sync.v1.sync_pb2_grpc import SyncServiceServicer, SyncServiceStub
from services.chassis.identity import service
from services.chassis.serving import Served, running
from services.chassis.settings import Drain, Listen, Mongo, ServerSettings
from tests.unit.token_forge import verifier


class Everything(OperatorServiceServicer, SyncServiceServicer):
    """A servicer of one method of each kind; it notes which services called."""

    def __init__(self) -> None:
        self.called_by: list[str] = []

    async def EraseWorkspace(self, request: Any, context: Any) -> Empty:
        self.called_by.append(service().service_id)
        return Empty()

    async def RotateKeys(self, request: Any, context: Any) -> operator.SigningKeys:
        self.called_by.append(service().service_id)
        return operator.SigningKeys()

    async def GetSyncJob(self, request: Any, context: Any) -> sync.SyncJob:
        return sync.SyncJob(id="job_1")


@dataclass(frozen=True, slots=True)
class Calls:
    """Calls of each kind of method, by the name of its access level."""

    channel: grpc.aio.Channel
    served: Everything

    async def __call__(self, level: str, token: str) -> grpc.StatusCode:
        """Call the method of a level; gives how it ended."""
        metadata = (("authorization", f"Bearer {token}"),)
        calls: dict[str, Any] = {
            "INTERNAL": InternalServiceStub(self.channel).EraseWorkspace,
            "OPERATOR": OperatorServiceStub(self.channel).RotateKeys,
            "VIEWER": SyncServiceStub(self.channel).GetSyncJob,
        }
        requests = {
            "INTERNAL": internal.EraseWorkspaceRequest(workspace_id="wsp_1"),
            "OPERATOR": operator.RotateKeysRequest(),
            "VIEWER": sync.GetSyncJobRequest(job_id="job_1"),
        }
        try:
            await calls[level](requests[level], metadata=metadata, timeout=10)
        except grpc.aio.AioRpcError as refused:
            return refused.code()
        return grpc.StatusCode.OK


@asynccontextmanager
async def calls() -> AsyncIterator[Calls]:
    """Serve one method of each kind, with the chassis's own verification."""
    # What is generated answers UNIMPLEMENTED to the other methods; its types call it abstract.
    kind: Any = Everything
    everything, tokens = kind(), verifier()
    settings = ServerSettings(
        grpc=Listen(port=0),
        http=Listen(port=0),
        mongo=Mongo(url=SecretStr("mongodb://unused")),
        drain=Drain(notice_seconds=0, grace_seconds=1),
    )
    served = Served(
        services=[
            (internal.DESCRIPTOR.services_by_name["InternalService"], everything),
            (operator.DESCRIPTOR.services_by_name["OperatorService"], everything),
            (sync.DESCRIPTOR.services_by_name["SyncService"], everything),
        ],
        verify=tokens.verify,
        verify_service=tokens.verify_service,
        probes={},
    )
    async with (
        running(settings, served) as port,
        grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel,
    ):
        yield Calls(channel, everything)
