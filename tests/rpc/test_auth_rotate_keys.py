"""RotateKeys: what an operator sees of it, and what callers do not notice (S8)."""

from collections.abc import AsyncIterator
from typing import Any

import grpc
import jwt
import pytest_asyncio

from jira_analytics.auth.v1 import operator_pb2 as pb
from jira_analytics.auth.v1.operator_pb2_grpc import OperatorServiceStub
from tests.rpc.auth_service import Auth, auth_service, refused

Key = pb.SigningKeys.Key


@pytest_asyncio.fixture
async def auth(mongo_url: str, mongo_database: str) -> AsyncIterator[Auth]:
    async with auth_service(mongo_url, mongo_database) as running:
        yield running


async def rotate(auth: Auth, metadata: Any) -> pb.SigningKeys:
    stub: Any = OperatorServiceStub(auth.channel)
    keys: pb.SigningKeys = await stub.RotateKeys(pb.RotateKeysRequest(), metadata=metadata)
    return keys


async def test_an_operator_rotates_once_at_a_time(auth: Auth) -> None:
    """The next key is shown first, ten minutes before it signs; a second call changes nothing."""
    operator = await auth.as_service("operator")
    shown = await rotate(auth, operator)
    assert [key.state for key in shown.keys] == [Key.NEXT, Key.CURRENT]
    following = shown.keys[0]
    assert following.sign_time.ToMilliseconds() - following.create_time.ToMilliseconds() == 600_000
    assert await rotate(auth, operator) == shown
    event = await auth.database["audit_inbox"].find_one({"target_id": following.key_id})
    assert event is not None
    assert (event["action"], event["actor_id"]) == ("key.rotate", "svc_operator")


async def test_the_next_key_signs_in_its_time(auth: Auth) -> None:
    """Before its time it signs nothing; then it is current, and tokens of before hold."""
    before = await auth.sign_up()
    following = (await rotate(auth, await auth.as_service("operator"))).keys[0]
    assert jwt.get_unverified_header((await auth.log_in()).access_token)["kid"] != following.key_id
    auth.clock.ahead += 600_000
    shown = await rotate(auth, await auth.as_service("operator"))
    assert following.key_id in {key.key_id for key in shown.keys if key.state == Key.CURRENT}
    assert (await auth.me(before.access_token)).email == "a@example.com"


async def test_nobody_else_rotates(auth: Auth) -> None:
    """A person, another service and nobody are refused, and no key is made."""
    token = (await auth.sign_up()).access_token
    person = (("authorization", f"Bearer {token}"),)
    for metadata, reason in (
        (person, "TOKEN_INVALID"),
        ((), "TOKEN_INVALID"),
        (await auth.as_service("sync"), "SCOPE_INSUFFICIENT"),
    ):
        async with refused(reason) as seen:
            await rotate(auth, metadata)
        assert seen[0].code in {
            grpc.StatusCode.UNAUTHENTICATED,
            grpc.StatusCode.PERMISSION_DENIED,
        }
    assert await auth.database["keys"].count_documents({}) == 1
