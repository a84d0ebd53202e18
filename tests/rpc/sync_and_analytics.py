"""Sync and analytics over the same stores, and all that a caller is told by either."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor

from services.chassis.clock import system_clock
from tests.rpc.analytics_service import Service, Stores, analytics
from tests.rpc.sync_service import Sync, SyncStores, sync_service
from twin.world import World


@dataclass(frozen=True, slots=True)
class Answer:
    """All that a caller is told, but for what a call that went well says."""

    code: grpc.StatusCode
    message: str
    trailers: tuple[tuple[str, str | bytes], ...]


@dataclass(frozen=True, slots=True)
class Product:
    """The services whose calls name connections and jobs."""

    sync: Sync
    analytics: Service

    async def tell(
        self, method: MethodDescriptor, workspace: str, fields: Mapping[str, str]
    ) -> Answer:
        """Call a method with these fields, as far as its request has them.

        Of a stream, the first message is waited for.
        """
        known = {name: fields[name] for name in fields if name in method.input_type.fields_by_name}
        request = message_factory.GetMessageClass(method.input_type)(**known)
        stub, metadata = self._way_to(method, workspace)
        call = getattr(stub, method.name)(request, metadata=metadata, timeout=20)
        try:
            if method.server_streaming:
                await call.read()
                call.cancel()
            else:
                await call
        except grpc.aio.AioRpcError as error:
            trailers = tuple(sorted(tuple(pair) for pair in error.trailing_metadata() or ()))
            return Answer(error.code(), error.details() or "", trailers)
        return Answer(grpc.StatusCode.OK, "", ())

    def _way_to(self, method: MethodDescriptor, workspace: str) -> tuple[Any, Any]:
        stubs = {
            "AnalyticsService": (self.analytics.stub, self.analytics.caller(workspace)),
            "ConnectionService": (self.sync.connections, self.sync.caller(workspace)),
            "SyncService": (self.sync.sync, self.sync.caller(workspace)),
        }
        return stubs[method.containing_service.name]


@asynccontextmanager
async def running_product(stores: SyncStores, world: World) -> AsyncIterator[Product]:
    """Run both over the same stores; everything is stopped at the end."""
    same = Stores(stores.mongo_url, stores.cache_url, stores.database, system_clock)
    async with sync_service(stores, world=world) as sync, analytics(same) as figures:
        yield Product(sync, figures)
