"""Calls between services: with a token that holds, within their time, and answered in our words."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
from pydantic import SecretStr

from jira_analytics.auth.v1.internal_pb2 import IssueServiceTokenRequest, ListRevocationsRequest
from jira_analytics.auth.v1.internal_pb2_grpc import InternalServiceStub
from services.chassis.revocations_of_auth import reading_from
from services.chassis.service_calls import ServiceCalls, calling
from services.chassis.settings import Auth, Client
from services.kernel.errors import ServiceUnavailable
from services.kernel.revocation import Revocation
from tests.auth_stand_in import SECRET, AuthStandIn, auth_stand_in
from tests.edge.minting import Mint


class Moody(AuthStandIn):
    """Refuses tokens, or does not answer, as a test says."""

    refusals = 0
    hangs = False

    async def ListRevocations(self, request: ListRevocationsRequest, context: Any) -> Any:
        if self.refusals:
            self.refusals -= 1
            await context.abort(grpc.StatusCode.UNAUTHENTICATED, "by other keys")
        if self.hangs:
            await asyncio.sleep(3600)
        return await super().ListRevocations(request, context)


@pytest.fixture
async def auth() -> AsyncIterator[Moody]:
    async with auth_stand_in(Mint(), Moody) as standing:
        assert isinstance(standing, Moody)
        yield standing


async def ask(calls: ServiceCalls, channel: grpc.aio.Channel, seconds: float = 5.0) -> Any:
    stub: Any = InternalServiceStub(channel)
    return await calls(stub.ListRevocations, ListRevocationsRequest(), seconds=seconds)


def tokens_given(auth: AuthStandIn) -> int:
    return sum(isinstance(one, IssueServiceTokenRequest) for one in auth.asked)


async def test_one_token_serves_many_calls(auth: Moody) -> None:
    """It is asked for with the first call."""
    async with calling(auth.auth, auth.client("sync")) as (calls, channel):
        for _ in range(3):
            await ask(calls, channel)
    assert tokens_given(auth) == 1


async def test_a_token_that_is_refused_is_asked_for_anew_once(auth: Moody) -> None:
    """Auth may have other keys by now; what refuses the next one as well, refuses the caller."""
    async with calling(auth.auth, auth.client("sync")) as (calls, channel):
        auth.refusals = 1
        await ask(calls, channel)
        assert tokens_given(auth) == 2
        auth.refusals = 9
        with pytest.raises(ServiceUnavailable):
            await ask(calls, channel)
        assert tokens_given(auth) == 3


async def test_whoever_does_not_answer_is_not_waited_for(auth: Moody) -> None:
    """A call has its time, also where its caller brought none."""
    async with calling(auth.auth, auth.client("sync")) as (calls, channel):
        await ask(calls, channel)
        auth.hangs = True
        with pytest.raises(ServiceUnavailable):
            await ask(calls, channel, seconds=0.2)


async def test_without_auth_nothing_can_be_asked() -> None:
    """And the caller hears that a service is away, not what gRPC makes of it."""
    client = Client(id="sync", secret=SecretStr(SECRET))
    async with calling(Auth(address="127.0.0.1:1"), client) as (calls, channel):
        with pytest.raises(ServiceUnavailable):
            await ask(calls, channel)


async def test_what_auth_lists_is_read_as_it_is(auth: Moody) -> None:
    """Subjects, versions, and instants to the millisecond."""
    auth.revoked = [Revocation("ses_1", 1, 1_800_000_000_123), Revocation("wsp_1:usr_1", 7, 5)]
    async with calling(auth.auth, auth.client("sync")) as (calls, channel):
        assert await reading_from(channel, calls)(0) == auth.revoked
