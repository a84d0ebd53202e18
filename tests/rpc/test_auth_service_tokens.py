"""Service tokens: who gets one of auth, and what it opens."""

from collections.abc import AsyncIterator

import jwt
import pytest
import pytest_asyncio
from pydantic import SecretStr

from jira_analytics.auth.v1 import auth_pb2, internal_pb2
from services.chassis.service_calls import calling
from services.chassis.settings import Auth as AuthAddress
from services.chassis.settings import Client
from services.kernel.errors import ServiceUnavailable
from tests.auth_stand_in import SECRET
from tests.rpc.auth_service import Auth, auth_service, refused


@pytest_asyncio.fixture
async def auth(mongo_url: str, mongo_database: str) -> AsyncIterator[Auth]:
    async with auth_service(mongo_url, mongo_database) as running:
        yield running


def asked(client_id: str = "sync", secret: str = SECRET) -> internal_pb2.IssueServiceTokenRequest:
    return internal_pb2.IssueServiceTokenRequest(client_id=client_id, client_secret=secret)


@pytest.mark.parametrize(
    ("client_id", "scope"),
    [("sync", "internal"), ("analytics", "internal"), ("operator", "operator")],
)
async def test_a_client_gets_a_token_of_its_own(auth: Auth, client_id: str, scope: str) -> None:
    """It says whose it is and for what; the answer says how long it lives."""
    given = await auth.internal.IssueServiceToken(asked(client_id))
    claims = jwt.decode(given.access_token, options={"verify_signature": False})
    assert (claims["sub"], claims["scope"]) == (f"svc_{client_id}", scope)
    assert claims["aud"] == "jira-analytics-internal"
    assert given.expires_in == claims["exp"] - claims["iat"] == 600
    assert jwt.get_unverified_header(given.access_token)["typ"] == "at+jwt"


@pytest.mark.parametrize(
    ("client_id", "secret"),
    [("sync", SECRET[:-1]), ("sync", SECRET + "x"), ("nobody", SECRET), ("sync", "é" * 40)],
)
async def test_a_wrong_credential_gets_nothing(auth: Auth, client_id: str, secret: str) -> None:
    """Whether id or secret is wrong is not told, and neither is said back."""
    async with refused("CLIENT_CREDENTIALS_INVALID") as seen:
        await auth.internal.IssueServiceToken(asked(client_id, secret))
    assert seen[0].code.name == "UNAUTHENTICATED"
    assert secret not in seen[0].everything


@pytest.mark.parametrize(
    ("client_id", "secret", "field"),
    [
        ("", SECRET, "client_id"),
        ("sync", "", "client_secret"),
        ("x" * 201, SECRET, "client_id"),
        ("sync", "x" * 201, "client_secret"),
    ],
)
async def test_what_is_no_credential_is_named(
    auth: Auth, client_id: str, secret: str, field: str
) -> None:
    """A field that is missing or endless is an INVALID_FIELD."""
    async with refused("INVALID_FIELD") as seen:
        await auth.internal.IssueServiceToken(asked(client_id, secret))
    assert seen[0].metadata == {"field": field}


async def test_a_service_token_is_no_persons(auth: Auth) -> None:
    """What is for people does not take it."""
    for client_id in ("sync", "operator"):
        metadata = await auth.as_service(client_id)
        async with refused("TOKEN_INVALID"):
            await auth.stub.GetMe(auth_pb2.GetMeRequest(), metadata=metadata)


async def test_a_process_with_another_secret_can_call_nobody(auth: Auth) -> None:
    """Its calls end as if the service were away; nothing hangs."""
    client = Client(id="sync", secret=SecretStr("x" * 40))
    async with calling(AuthAddress(address=auth.address), client) as (calls, _):
        with pytest.raises(ServiceUnavailable):
            await calls(auth.stub.GetMe, auth_pb2.GetMeRequest())
