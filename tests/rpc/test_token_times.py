"""Until when a service takes access tokens, to the second, by a clock that stands (S2)."""

import time
from collections.abc import Awaitable, Callable
from typing import Any

import grpc
import pytest

from jira_analytics.auth.v1 import auth_pb2
from services.chassis.tokens import LEEWAY_SECONDS
from tests.edge.minting import Mint
from tests.rpc.auth_service import auth_service, refusal_of
from tests.rpc.test_forgeries import mint_of

NOW = int(time.time())
Ask = Callable[[Any], Awaitable[object]]
# Seconds from what a token says to what the service's clock says, and whether it is taken then.
ENDS = ((LEEWAY_SECONDS - 1, True), (LEEWAY_SECONDS, False), (LEEWAY_SECONDS + 1, False))
BEGINNINGS = ((-LEEWAY_SECONDS + 1, True), (-LEEWAY_SECONDS, True), (-LEEWAY_SECONDS - 1, False))


class Standing:
    """A clock that stands."""

    def __call__(self) -> int:
        return NOW * 1000


async def taken(ask: Ask, mint: Mint, **claims: Any) -> bool:
    """Tell whether a token is taken, whatever else is said of the question."""
    try:
        usual = {"iat": NOW - 900, "nbf": NOW - 900, "exp": NOW + 900}
        token = mint.token(**{**usual, **claims})
        await ask((("authorization", f"Bearer {token}"),))
    except grpc.aio.AioRpcError as error:
        return refusal_of(error).reason != "TOKEN_INVALID"
    return True


async def holds_to_the_second(ask: Ask, mint: Mint) -> None:
    """Ask with tokens whose instants are around the clock's now, five seconds granted."""
    for seconds, expected in ENDS:
        assert await taken(ask, mint, exp=NOW - seconds) is expected, seconds
    for name in ("nbf", "iat"):
        for seconds, expected in BEGINNINGS:
            assert await taken(ask, mint, **{name: NOW - seconds}) is expected, (name, seconds)


async def test_auth_reads_times_to_the_second(
    mongo_url: str, mongo_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four seconds over hold, five do not; five seconds ahead hold, six do not."""
    monkeypatch.setattr("tests.rpc.auth_service.MovedClock", Standing)
    async with auth_service(mongo_url, mongo_database) as auth:
        await holds_to_the_second(
            lambda metadata: auth.stub.GetMe(auth_pb2.GetMeRequest(), metadata=metadata),
            await mint_of(auth),
        )
