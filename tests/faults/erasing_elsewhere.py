"""Stands in for sync and analytics before auth: says what it was asked, and hangs where told to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
import jwt
from google.protobuf.empty_pb2 import Empty

from jira_analytics.analytics.v1 import internal_pb2_grpc as of_analytics
from jira_analytics.sync.v1 import internal_pb2 as pb
from jira_analytics.sync.v1 import internal_pb2_grpc as of_sync


@dataclass
class Elsewhere:
    """What auth asked, in order; `hanging` names a method that does not answer."""

    hanging: str = ""
    asked: list[tuple[str, str]] = field(default_factory=list)
    callers: set[str] = field(default_factory=set)
    address: str = ""

    async def take(self, name: str, workspace_id: str, context: Any) -> None:
        """Note a call; never answer one that is to hang."""
        bearer = str(dict(context.invocation_metadata())["authorization"])
        claims = jwt.decode(bearer.split()[1], options={"verify_signature": False})
        self.callers.add(f"{claims['sub']} {claims['aud']} {claims['scope']}")
        self.asked.append((name, workspace_id))
        if name == self.hanging:
            await asyncio.sleep(3600)


class _Sync(of_sync.InternalServiceServicer):
    def __init__(self, elsewhere: Elsewhere) -> None:
        self._elsewhere = elsewhere

    async def EraseWorkspace(self, request: pb.EraseWorkspaceRequest, context: Any) -> Empty:
        await self._elsewhere.take("sync", request.workspace_id, context)
        return Empty()

    async def ErasePerson(self, request: pb.ErasePersonRequest, context: Any) -> Empty:
        await self._elsewhere.take("person", request.workspace_id, context)
        return Empty()

    async def ListPersonConnections(
        self, _request: pb.ListPersonConnectionsRequest, _context: Any
    ) -> pb.ListPersonConnectionsResponse:
        return pb.ListPersonConnectionsResponse()


class _Analytics(of_analytics.InternalServiceServicer):
    def __init__(self, elsewhere: Elsewhere) -> None:
        self._elsewhere = elsewhere

    async def EraseWorkspace(self, request: Any, context: Any) -> Empty:
        await self._elsewhere.take("analytics", request.workspace_id, context)
        return Empty()


@asynccontextmanager
async def elsewhere(hanging: str = "") -> AsyncIterator[Elsewhere]:
    """Serve both on one free port until left."""
    standing, server = Elsewhere(hanging), grpc.aio.server()
    of_sync.add_InternalServiceServicer_to_server(_Sync(standing), server)
    of_analytics.add_InternalServiceServicer_to_server(_Analytics(standing), server)
    standing.address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    await server.start()
    try:
        yield standing
    finally:
        await server.stop(0)
