"""A machine's API key becomes access tokens by itself, and nothing is written down."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from client.api import Client
from client.bearer.machine import ApiKey
from client.failures import ClientError, Refused
from tests.rpc.client_stand_in import EMAIL, PASSWORD, TOKEN_STALE, Served, served

SECRET = "jak_0123456789abcdef"


@pytest_asyncio.fixture
async def there(tmp_path: Path) -> AsyncIterator[Served]:
    async with served(tmp_path) as found:
        found.product.api_keys.add(SECRET)
        yield found


@pytest_asyncio.fixture
async def machine(there: Served) -> AsyncIterator[Client]:
    async with Client(there.gateway, ApiKey(SECRET)) as made:
        yield made


async def test_fifty_calls_trade_the_key_once(there: Served, machine: Client) -> None:
    await asyncio.gather(*(machine.connections() for _ in range(50)))
    assert there.product.calls == {"ExchangeApiKey": 1, "ListConnections": 50}


async def test_an_expired_token_is_replaced(there: Served, machine: Client) -> None:
    there.product.expires_in = 0
    await machine.connections()
    there.product.expires_in = 900
    await machine.connections()
    await machine.connections()
    assert there.product.calls == {"ExchangeApiKey": 2, "ListConnections": 3}


async def test_fifty_calls_with_a_stale_token_trade_the_key_once_more(
    there: Served, machine: Client
) -> None:
    await machine.connections()
    there.product.unknown = TOKEN_STALE
    there.product.access.clear()
    await asyncio.gather(*(machine.connections() for _ in range(50)))
    assert there.product.calls["ExchangeApiKey"] == 2


async def test_a_stale_token_in_spite_of_that_says_what_to_do(
    there: Served, machine: Client
) -> None:
    there.product.refusals["ListConnections"] = TOKEN_STALE
    with pytest.raises(Refused, match="ask an admin of the workspace for another"):
        await machine.connections()
    assert there.product.calls == {"ExchangeApiKey": 2, "ListConnections": 2}


async def test_a_key_that_is_of_no_use_is_tried_once(there: Served, machine: Client) -> None:
    there.product.api_keys.clear()
    with pytest.raises(Refused) as caught:
        await machine.connections()
    assert caught.value.reason == "API_KEY_INVALID"
    assert there.product.calls == {"ExchangeApiKey": 1}


async def test_a_machine_does_not_sign_in(there: Served, machine: Client) -> None:
    with pytest.raises(ClientError, match="unset JIRA_ANALYTICS_API_KEY"):
        await machine.log_in(EMAIL, password=PASSWORD)
    with pytest.raises(ClientError, match="unset JIRA_ANALYTICS_API_KEY"):
        await machine.log_out()
    assert there.product.calls == {}


async def test_neither_key_nor_token_is_shown_or_written(there: Served, machine: Client) -> None:
    await machine.connections()
    assert SECRET not in repr(ApiKey(SECRET))
    assert not there.session.parent.exists()
