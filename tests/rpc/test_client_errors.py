"""Whatever goes wrong ends as one sentence for a person, with what to do next."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import grpc
import pytest
import pytest_asyncio
import trustme

import client.calls
from client.api import Client
from client.failures import ClientError, Refused, Unreachable
from client.place import Gateway
from client.session import Session, SessionFile
from tests.rpc.client_stand_in import EMAIL, PASSWORD, Refusal, Served, served
from tests.stores import free_port

Code = grpc.StatusCode


@pytest_asyncio.fixture
async def there(tmp_path: Path) -> AsyncIterator[Served]:
    async with served(tmp_path) as found:
        yield found


@pytest_asyncio.fixture
async def signed_in(there: Served) -> AsyncIterator[Client]:
    async with there.client() as made:
        await made.log_in(EMAIL, password=PASSWORD)
        yield made


@pytest.mark.parametrize(
    ("refusal", "sentence"),
    [
        (
            Refusal(
                Code.INVALID_ARGUMENT,
                "CONNECTION_AMBIGUOUS",
                "connection_id: name one of a, b",
                {"connections": "a, b"},
            ),
            "the workspace has several connections (a, b); choose one with --connection NAME",
        ),
        (
            Refusal(Code.FAILED_PRECONDITION, "CONNECTION_NOT_SYNCED", "nothing yet"),
            "nothing was synced for this connection yet; start with: jira-analytics sync --watch",
        ),
        (
            Refusal(Code.FAILED_PRECONDITION, "CONNECTION_NEEDS_CREDENTIALS", "refused"),
            (
                "the site refuses this connection's credential; "
                "give it another with: jira-analytics reconnect"
            ),
        ),
        (
            Refusal(Code.INVALID_ARGUMENT, "INVALID_FIELD", "period.last_days: too many."),
            "period.last_days: too many",
        ),
        (
            Refusal(Code.INTERNAL, "INTERNAL", "internal error", {"correlation_id": "c0ffee"}),
            "the service failed, and that is not your fault; its log has the cause under c0ffee",
        ),
        (
            Refusal(
                Code.RESOURCE_EXHAUSTED,
                "RATE_LIMITED",
                "too many requests",
                trailers=(("retry-after", "6"),),
            ),
            "too many requests; wait 6 s and try again",
        ),
        (
            Refusal(Code.RESOURCE_EXHAUSTED, "RATE_LIMITED", "too many requests"),
            "too many requests; wait a minute and try again",
        ),
        (
            Refusal(Code.UNAVAILABLE, "STORE_UNAVAILABLE", "a store does not answer"),
            "the service does not answer now; try again in a moment",
        ),
        (Refusal(Code.ABORTED, "SOMETHING_ELSE", "a newer one"), "a newer one"),
    ],
    ids=lambda value: value.reason if isinstance(value, Refusal) else "",
)
async def test_a_refusal_is_a_sentence_with_the_next_step(
    there: Served, signed_in: Client, refusal: Refusal, sentence: str
) -> None:
    there.product.refusals["GetMe"] = refusal
    with pytest.raises(Refused) as caught:
        await signed_in.me()
    assert str(caught.value) == sentence
    assert caught.value.reason == refusal.reason


async def test_a_stranger_who_answers_is_not_believed_to_be_the_product(
    there: Served, signed_in: Client
) -> None:
    there.product.refusals["GetMe"] = Refusal(Code.UNIMPLEMENTED, message="Method not found!")
    with pytest.raises(Refused, match=r"no answer that can be understood \(unimplemented\)"):
        await signed_in.me()


async def _fails(gateway: Gateway, folder: Path) -> str:
    """Sign in where it cannot work; gives the sentence."""
    async with Client(gateway, SessionFile(folder / "s.json")) as client:
        with pytest.raises(Unreachable) as caught:
            await client.log_in(EMAIL, password=PASSWORD)
    return str(caught.value)


async def test_where_nothing_listens_one_is_told_how_to_start(tmp_path: Path) -> None:
    port = free_port()
    sentence = await _fails(Gateway("localhost", port), tmp_path)
    assert sentence.startswith(f"nothing answers at https://localhost:{port}; start a stack with")


async def test_a_host_that_does_not_exist_is_named(tmp_path: Path) -> None:
    sentence = await _fails(Gateway("nowhere.invalid", 443), tmp_path)
    assert sentence == "there is no host named nowhere.invalid; check --gateway"


async def test_a_certificate_of_a_stranger_is_not_trusted(there: Served, tmp_path: Path) -> None:
    stranger = replace(there.gateway, ca=trustme.CA().cert_pem.bytes())
    sentence = await _fails(stranger, tmp_path)
    assert "is not trusted (the given CA does not vouch for it" in sentence
    assert sentence.endswith("--ca .local/ca.pem")
    assert there.product.calls == {}


async def test_without_the_local_ca_the_certificate_is_not_trusted(
    there: Served, tmp_path: Path
) -> None:
    sentence = await _fails(replace(there.gateway, ca=None), tmp_path)
    assert "no CA on this machine vouches" in sentence


@asynccontextmanager
async def _listener(tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """Listen and never answer."""

    async def hold(reader: asyncio.StreamReader, writer: Any) -> None:
        await reader.read(1)
        if tls is None:
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        else:
            await reader.read()
        writer.close()

    server = await asyncio.start_server(hold, "localhost", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def test_what_speaks_no_tls_is_told_apart(tmp_path: Path) -> None:
    async with _listener() as port:
        sentence = await _fails(Gateway("localhost", port), tmp_path)
    assert sentence == (
        f"what answers at https://localhost:{port} does not speak TLS; check --gateway"
    )


async def test_a_gateway_that_keeps_silent_is_given_up(
    there: Served, signed_in: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No call waits for ever: what a person sees is a sentence after the deadline."""
    monkeypatch.setattr(client.calls, "CALL_SECONDS", 0.2)
    there.product.delay_seconds = 5.0
    with pytest.raises(ClientError, match=r"deadline exceeded\); try again in a moment"):
        await signed_in.me()


async def test_an_unreachable_gateway_takes_no_token_away(tmp_path: Path) -> None:
    gateway, sessions = Gateway("localhost", free_port()), SessionFile(tmp_path / "s.json")
    session = Session(EMAIL, access_token="a", refresh_token="r", access_expires=0.0)
    async with sessions.alone():
        sessions.keep(gateway.origin, session)
    async with Client(gateway, sessions) as made:
        with pytest.raises(Unreachable):
            await made.me()
    assert sessions.read(gateway.origin) == session
