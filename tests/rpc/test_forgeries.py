"""Each service refuses every forged token by itself, without a gateway before it (S1, S2)."""

from collections.abc import Awaitable, Callable
from typing import Any

import grpc
import jwt

from jira_analytics.analytics.v1 import analytics_pb2
from jira_analytics.auth.v1 import auth_pb2
from jira_analytics.sync.v1 import connection_pb2
from services.auth.keys.signing import Vault
from services.auth.store.keys import KeyStore
from services.chassis.clock import system_clock
from tests.edge.minting import Mint
from tests.forgeries import FORGERIES
from tests.rpc.analytics_service import Stores, analytics
from tests.rpc.auth_service import MASTER, Auth, auth_service, refusal_of
from tests.rpc.sync_fixtures import sync_stores
from tests.rpc.sync_service import SyncStores, sync_service

__all__ = ["sync_stores"]

Ask = Callable[[Any], Awaitable[object]]


def bearing(text: str) -> tuple[tuple[str, str], ...]:
    return (("authorization", f"Bearer {text}"),)


async def refuses_all(ask: Ask, mint: Mint) -> None:
    """Hold every forgery against a service; a token that holds is taken before and after."""
    refused = (grpc.StatusCode.UNAUTHENTICATED, "TOKEN_INVALID")
    assert await answer(ask, mint.token()) != refused
    answers = {}
    for forgery in FORGERIES:
        if forgery.fits:
            answers[forgery.name] = await answer(ask, forgery.make(mint))
    assert {name: one for name, one in answers.items() if one != refused} == {}
    assert await answer(ask, mint.token()) != refused


async def answer(ask: Ask, text: str) -> tuple[grpc.StatusCode, str]:
    try:
        await ask(bearing(text))
    except grpc.aio.AioRpcError as error:
        refusal = refusal_of(error)
        return refusal.code, refusal.reason
    return grpc.StatusCode.OK, ""


async def mint_of(auth: Auth) -> Mint:
    """Forge with auth's own key, taken out of its database, and a person's own claims."""
    token = (await auth.sign_up()).access_token
    claims = jwt.decode(token, options={"verify_signature": False})
    times = ("exp", "nbf", "iat")
    said = {name: value for name, value in claims.items() if name not in times}
    (kept,) = await KeyStore(auth.database).all()
    key = Vault([MASTER]).open(kept)
    return Mint(key.private, key.key_id, **said)


async def test_auth_refuses_every_forgery(mongo_url: str, mongo_database: str) -> None:
    """Of tokens that forgers sign, even with auth's own key, none gets GetMe an answer."""
    async with auth_service(mongo_url, mongo_database) as auth:
        await refuses_all(
            lambda metadata: auth.stub.GetMe(auth_pb2.GetMeRequest(), metadata=metadata),
            await mint_of(auth),
        )


async def test_analytics_refuses_every_forgery(
    mongo_url: str, cache_url: str, mongo_database: str
) -> None:
    """None gets GetExecutiveSummary an answer."""
    stores = Stores(mongo_url, cache_url, mongo_database, system_clock)
    async with analytics(stores) as service:
        await service.connect()
        request = analytics_pb2.GetExecutiveSummaryRequest()
        await refuses_all(
            lambda metadata: service.stub.GetExecutiveSummary(request, metadata=metadata),
            service.mint,
        )


async def test_sync_refuses_every_forgery(sync_stores: SyncStores) -> None:
    """None gets ListConnections an answer."""
    async with sync_service(sync_stores) as service:
        request = connection_pb2.ListConnectionsRequest()
        await refuses_all(
            lambda metadata: service.connections.ListConnections(request, metadata=metadata),
            service.mint,
        )
