"""Tokens that end are renewed once, whoever asks and however many; what cannot be is said."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import pytest
import pytest_asyncio

import client.bearer.refreshing
from client.api import Client
from client.failures import ClientError, NotSignedIn, Refused
from client.session import SessionFile
from tests.rpc.client_stand_in import (
    ANSWER_LOST,
    EMAIL,
    PASSWORD,
    TOKEN_INVALID,
    TOKEN_STALE,
    UNAUTHENTICATED,
    Hold,
    Refusal,
    Served,
    served,
)

MANY = 50


@pytest_asyncio.fixture
async def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Served]:
    monkeypatch.setattr(client.bearer.refreshing, "FIRST_PAUSE_SECONDS", 0.01)
    async with served(tmp_path) as found:
        yield found


@pytest_asyncio.fixture
async def signed_in(there: Served) -> AsyncIterator[Client]:
    async with there.client() as made:
        await made.log_in(EMAIL, password=PASSWORD)
        yield made


async def _expired(there: Served) -> None:
    """Sign in with an access token that has expired when it comes."""
    there.product.expires_in = 0
    async with there.client() as made:
        await made.log_in(EMAIL, password=PASSWORD)
    there.product.expires_in = 900


async def test_fifty_calls_with_an_expired_token_renew_it_once(there: Served) -> None:
    await _expired(there)
    async with there.client() as made:
        answers = await asyncio.gather(*(made.me() for _ in range(MANY)))
    assert len(answers) == MANY
    assert there.product.calls == {"Login": 1, "Refresh": 1, "GetMe": MANY}


@pytest.mark.parametrize("refusal", [TOKEN_INVALID, TOKEN_STALE], ids=lambda each: each.reason)
async def test_fifty_calls_with_a_refused_token_renew_it_once(
    there: Served, signed_in: Client, refusal: Refusal
) -> None:
    """The clock says it holds, the service says it does not: each call is tried twice."""
    there.product.unknown = refusal
    there.product.access.clear()
    await asyncio.gather(*(signed_in.me() for _ in range(MANY)))
    assert there.product.calls["Refresh"] == 1
    assert there.product.calls["GetMe"] == 2 * MANY


async def test_clients_that_share_a_file_renew_once_between_them(there: Served) -> None:
    """A refresh token works once: a second program must find the first one's new tokens."""
    await _expired(there)
    async with there.client() as one, there.client() as other:
        await asyncio.gather(*(made.me() for made in (one, other) for _ in range(MANY)))
    assert there.product.calls["Refresh"] == 1


@pytest.mark.parametrize("refusal", [TOKEN_INVALID, TOKEN_STALE], ids=lambda each: each.reason)
async def test_a_token_that_is_refused_anew_is_not_renewed_again(
    there: Served, signed_in: Client, refusal: Refusal
) -> None:
    there.product.refusals["GetMe"] = refusal
    with pytest.raises(NotSignedIn, match="jira-analytics login"):
        await signed_in.me()
    assert there.product.calls["Refresh"] == 1
    assert there.product.calls["GetMe"] == 2


async def test_an_ended_session_says_so(there: Served, signed_in: Client) -> None:
    there.product.access.clear()
    there.product.refresh_tokens.clear()
    with pytest.raises(NotSignedIn, match="your session has ended"):
        await signed_in.me()
    assert there.product.calls["Refresh"] == 1


async def test_a_lost_answer_is_asked_for_again_and_brings_the_same_pair(
    there: Served, signed_in: Client
) -> None:
    """The service traded the token, and nobody heard: the next answer is the same pair."""
    there.product.access.clear()
    unavailable = Refusal(grpc.StatusCode.UNAVAILABLE, "SERVICE_UNAVAILABLE", "not there")
    there.product.lost["Refresh"] = [ANSWER_LOST, unavailable]
    await signed_in.me()
    assert there.product.calls["Refresh"] == 3
    [pair] = there.product.traded.values()
    kept = SessionFile(there.session).read(there.gateway.origin)
    assert kept is not None
    assert (kept.access_token, kept.refresh_token) == (pair.access_token, pair.refresh_token)


async def test_an_answer_that_stays_lost_is_not_asked_for_beyond_the_grace(
    there: Served, signed_in: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Later it would be taken for a thief's. What was kept before is kept still."""
    monkeypatch.setattr(client.bearer.refreshing, "GRACE_SECONDS", 0.5)
    before = SessionFile(there.session).read(there.gateway.origin)
    there.product.access.clear()
    there.product.lost["Refresh"] = [ANSWER_LOST] * 100
    with pytest.raises(ClientError, match="unavailable"):
        await signed_in.me()
    assert there.product.calls["Refresh"] > 1
    assert SessionFile(there.session).read(there.gateway.origin) == before


async def test_whoever_gives_up_waiting_loses_no_token(there: Served, signed_in: Client) -> None:
    """A refresh that was begun goes on: else its answer would be lost, and the session with it."""
    there.product.access.clear()
    hold = there.product.held["Refresh"] = Hold()
    async with there.client() as made:
        call = asyncio.create_task(made.me())
        await hold.reached.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        hold.release.set()
    [pair] = there.product.traded.values()
    kept = SessionFile(there.session).read(there.gateway.origin)
    assert kept is not None
    assert kept.refresh_token == pair.refresh_token


async def test_a_refusal_is_not_taken_for_a_lost_answer(there: Served, signed_in: Client) -> None:
    there.product.access.clear()
    there.product.refusals["Refresh"] = Refusal(
        grpc.StatusCode.RESOURCE_EXHAUSTED, "RATE_LIMITED", "too many requests"
    )
    with pytest.raises(Refused, match="too many requests"):
        await signed_in.me()
    assert there.product.calls["Refresh"] == 1


async def test_a_wrong_password_within_a_call_is_no_reason_to_renew(
    there: Served, signed_in: Client
) -> None:
    """It would be tried a second time, and count against the account twice."""
    there.product.refusals["ChangePassword"] = Refusal(UNAUTHENTICATED, "CREDENTIALS_INVALID", "no")
    with pytest.raises(Refused):
        await signed_in.change_password(current="another one", password=PASSWORD)
    assert there.product.calls["ChangePassword"] == 1
    assert "Refresh" not in there.product.calls


async def test_nobody_goes_on_in_another_workspace_unawares(
    there: Served, signed_in: Client
) -> None:
    """Another program switched: this one's next call would be about somebody else's things."""
    async with there.client() as other:
        await other.switch_workspace("wsp_2")
    there.product.access.clear()
    with pytest.raises(ClientError, match="signed in or switched"):
        await signed_in.me()


async def test_tokens_that_another_program_took_away_are_gone(
    there: Served, signed_in: Client
) -> None:
    async with there.client() as other:
        await other.log_out()
    there.product.access.clear()
    with pytest.raises(NotSignedIn, match="your session has ended"):
        await signed_in.me()
    assert "Refresh" not in there.product.calls
