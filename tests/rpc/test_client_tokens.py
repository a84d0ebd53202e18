"""Tokens of the client: kept privately, and asked for where there are none."""

import os
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from client.api import Client
from client.channel import CALL_SECONDS
from client.failures import ClientError, NotSignedIn, Refused
from client.session import SessionFile
from tests.rpc.client_stand_in import (
    EMAIL,
    PASSWORD,
    UNAUTHENTICATED,
    Refusal,
    Served,
    served,
)


@pytest_asyncio.fixture
async def there(tmp_path: Path) -> AsyncIterator[Served]:
    async with served(tmp_path) as found:
        yield found


@pytest_asyncio.fixture
async def client(there: Served) -> AsyncIterator[Client]:
    async with there.client() as made:
        await made.log_in(EMAIL, password=PASSWORD)
        yield made


async def test_tokens_are_kept_for_their_owner_alone_whatever_the_umask(there: Served) -> None:
    before = os.umask(0)
    try:
        async with there.client() as client:
            await client.sign_up(EMAIL, password=PASSWORD, workspace="Acme")
    finally:
        os.umask(before)
    assert stat.S_IMODE(there.session.stat().st_mode) == 0o600
    assert stat.S_IMODE(there.session.parent.stat().st_mode) == 0o700
    kept = SessionFile(there.session).read(there.gateway.origin)
    assert kept is not None
    assert kept.email == EMAIL
    assert {kept.access_token} == there.product.access
    assert PASSWORD not in there.session.read_text()


async def test_a_later_client_is_still_signed_in(there: Served, client: Client) -> None:
    async with there.client() as later:
        assert later.email == EMAIL
        assert (await later.me()).workspace.name == "Acme"
    assert there.product.calls["Login"] == 1


async def test_a_wrong_password_is_no_reason_to_renew(there: Served, client: Client) -> None:
    there.product.refusals["Login"] = Refusal(UNAUTHENTICATED, "CREDENTIALS_INVALID", "no")
    with pytest.raises(Refused, match="no; try again"):
        await client.log_in(EMAIL, password="another one entirely")
    assert "Refresh" not in there.product.calls


async def test_without_a_session_nothing_is_asked(there: Served) -> None:
    async with there.client() as client:
        with pytest.raises(NotSignedIn, match="you are not signed in at https://localhost:"):
            await client.me()
    assert there.product.calls == {}


async def test_every_call_brings_a_deadline(there: Served, client: Client) -> None:
    await client.me()
    await client.connections()
    await client.start_sync()
    assert len(there.product.deadlines) == 4
    # gRPC writes a deadline down with few digits, rounded up.
    longest = CALL_SECONDS * 1.1
    assert all(left is not None and 0 < left <= longest for left in there.product.deadlines)


async def test_a_session_shows_no_token(there: Served, client: Client) -> None:
    kept = SessionFile(there.session).read(there.gateway.origin)
    assert kept is not None
    assert kept.access_token not in repr(kept)
    assert kept.refresh_token not in repr(kept)


async def test_a_file_that_cannot_be_read_is_named(there: Served, tmp_path: Path) -> None:
    with pytest.raises(ClientError, match="cannot be read"):
        Client(there.gateway, SessionFile(tmp_path))
