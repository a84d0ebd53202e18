"""Auth, sync and analytics over the same stores, with people, machines and things of their own."""

import itertools
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message_factory import GetMessageClass
from pydantic import SecretStr

from jira_analytics.auth.v1 import auth_pb2
from services.analytics.__main__ import running as analytics_running
from services.analytics.settings import AnalyticsSettings
from services.auth.domain.revocation import member_subject
from services.auth.settings import NewsSettings
from services.auth.store.collections import ACCOUNTS, MEMBERS, WORKSPACES
from services.chassis import mongo
from services.chassis.clock import system_clock
from services.chassis.redis import CacheSettings
from services.chassis.settings import Auth as AuthAddress
from services.chassis.settings import Client, Drain, Jwks, Listen, Mongo
from services.kernel.ids import UserId, WorkspaceId
from services.kernel.membership import Role, Tier
from services.sync.__main__ import running as sync_running
from services.sync.settings import Extra, Master, Redis, SyncSettings
from tests.auth_stand_in import SECRET
from tests.contract.twin_calls import few
from tests.rpc.auth_service import MASTER, Auth, auth_service
from tests.rpc.sync_and_analytics import Answer
from tests.rpc.sync_service import SyncStores
from tests.rpc.sync_stored import Stored, everything
from tests.rpc.tenant_rows import PASSWORD, contract
from twin import serving as twins

QUIET = Drain(notice_seconds=0, grace_seconds=1)
METHODS = contract()
Metadata = tuple[tuple[str, str], ...]


def bearer(token: str) -> Metadata:
    """Give the metadata that shows a token."""
    return (("authorization", f"Bearer {token}"),)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is signed in, in one workspace."""

    user_id: str
    email: str
    workspace_id: str
    shows: Metadata


@dataclass(frozen=True, slots=True)
class World:
    """The running product; people are made as they are needed, so that none is worn out."""

    auth: Auth
    channels: Mapping[str, grpc.aio.Channel]
    database: mongo.Database
    site: twins.Running
    numbers: Any = field(default_factory=itertools.count)

    async def owner(self) -> Person:
        """Sign somebody up, with a workspace of their own and an address that is confirmed."""
        email = f"person-{next(self.numbers)}@example.com"
        tokens = await self.auth.sign_up(email)
        made = await self._signed_in(email, tokens)
        # These tests start more syncs than the free tier may within an hour.
        kept, place = self.auth.database[WORKSPACES], {"_id": made.workspace_id}
        await kept.update_one(place, {"$set": {"tier": Tier.ENTERPRISE.value}})
        made = await self._signed_in(email, await self.auth.refresh(tokens.refresh_token))
        confirmed = {"$set": {"verified": True}}
        await self.auth.database[ACCOUNTS].update_one({"_id": made.user_id}, confirmed)
        return made

    async def member(self, workspace_id: str, role: Role) -> Person:
        """Sign somebody up and let them belong to this workspace, and lead there at sign-in."""
        made = await self.owner()
        if role is Role.OWNER and workspace_id == made.workspace_id:
            return made
        key = member_subject(WorkspaceId(workspace_id), UserId(made.user_id))
        document = {
            "_id": key,
            "workspace_id": workspace_id,
            "user_id": made.user_id,
            "role": role.value,
            "version": 0,
            "joined": system_clock(),
        }
        kept = self.auth.database
        await kept[MEMBERS].insert_one(document)
        leads = {"$set": {"workspace_id": workspace_id}}
        await kept[ACCOUNTS].update_one({"_id": made.user_id}, leads)
        return await self._signed_in(made.email, await self.auth.log_in(made.email, PASSWORD))

    async def _signed_in(self, email: str, tokens: auth_pb2.Tokens) -> Person:
        me = await self.auth.me(tokens.access_token)
        return Person(me.id, email, me.workspace.id, bearer(tokens.access_token))

    async def ask(self, full_name: str, shows: Metadata, **values: Any) -> Any:
        """Call a method that must go well, such as "auth.v1.AuthService.GetMe"."""
        return await self._calling(full_name, values, shows)

    async def tell(
        self, method: MethodDescriptor, shows: Metadata, values: Mapping[str, Any]
    ) -> Answer:
        """Call a method, and give all that the caller is told but a good answer itself.

        Of a stream, the first message is waited for.
        """
        call = self._calling(method.full_name.removeprefix("jira_analytics."), values, shows)
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

    def _calling(self, full_name: str, values: Mapping[str, Any], shows: Metadata) -> Any:
        service, _, name = full_name.rpartition(".")
        method = METHODS[full_name]
        channel = self.channels[service.split(".")[0]]
        kind = channel.unary_stream if method.server_streaming else channel.unary_unary
        call: Any = kind(
            f"/jira_analytics.{service}/{name}",
            request_serializer=lambda request: request.SerializeToString(),
            response_deserializer=GetMessageClass(method.output_type).FromString,
        )
        return call(GetMessageClass(method.input_type)(**values), metadata=shows, timeout=20)

    async def stored(self) -> Stored:
        """Give every document that any of the services keeps."""
        return await everything(self.database)


@asynccontextmanager
async def tenant_world(stores: SyncStores) -> AsyncIterator[World]:
    """Run the product over these stores; everything is stopped at the end."""
    async with AsyncExitStack() as stack:
        auth = await stack.enter_async_context(
            auth_service(
                stores.mongo_url,
                stores.database,
                redis=NewsSettings(cache_url=SecretStr(stores.cache_url)),
            )
        )
        site = await stack.enter_async_context(twins.running(few()))
        ports = {
            "sync": await stack.enter_async_context(sync_running(_sync(stores, auth, site))),
            "analytics": await stack.enter_async_context(
                analytics_running(_analytics(stores, auth))
            ),
        }
        addresses = {"auth": auth.address, **{k: f"127.0.0.1:{v}" for k, v in ports.items()}}
        channels = {
            name: await stack.enter_async_context(grpc.aio.insecure_channel(address))
            for name, address in addresses.items()
        }
        yield World(auth, channels, auth.database, site)


def _shared(stores: SyncStores, auth: Auth, client: str) -> dict[str, Any]:
    return {
        "grpc": Listen(port=0),
        "http": Listen(port=0),
        "mongo": Mongo(url=SecretStr(stores.mongo_url), database=stores.database),
        "jwks": Jwks(url=f"http://127.0.0.1:{auth.http_port}/.well-known/jwks.json"),
        "auth": AuthAddress(address=auth.address),
        "client": Client(id=client, secret=SecretStr(SECRET)),
        "drain": QUIET,
    }


def _sync(stores: SyncStores, auth: Auth, site: twins.Running) -> SyncSettings:
    return SyncSettings(
        **_shared(stores, auth, "sync"),
        redis=Redis(queue_url=SecretStr(stores.queue_url), cache_url=SecretStr(stores.cache_url)),
        master=Master(keys=SecretStr(MASTER)),
        extra=Extra(sites=(site.origin,)),
    )


def _analytics(stores: SyncStores, auth: Auth) -> AnalyticsSettings:
    return AnalyticsSettings(
        **_shared(stores, auth, "analytics"),
        redis=CacheSettings(cache_url=SecretStr(stores.cache_url)),
    )
