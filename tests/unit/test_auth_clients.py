"""Clients of auth, as its setting names them, and what their tokens say."""

import pytest
from pydantic import SecretStr

from services.auth.domain.claims import service_claims
from services.auth.domain.clients import ClientId, clients_of
from services.auth.settings import ClientSettings

FIRST, SECOND, OTHER = "f" * 32, "s" * 32, "o" * 32
SETTING = f"analytics:{OTHER}, sync:{FIRST},sync:{SECOND},"


def test_a_client_is_known_by_id_and_secret() -> None:
    """By either secret while one takes the other's place; by no other client's."""
    clients = clients_of(SETTING)
    for secret in (FIRST, SECOND):
        found = clients.recognise("sync", secret)
        assert found is not None
        assert found.client_id == "sync"
    for client_id, secret in (
        ("sync", OTHER),
        ("analytics", FIRST),
        ("nobody", FIRST),
        ("sync", FIRST[:-1]),
        ("sync", ""),
        ("", FIRST),
        ("syn", f"c:{FIRST}"),
        ("sync:", FIRST),
    ):
        assert clients.recognise(client_id, secret) is None


def test_without_a_setting_nobody_is_known() -> None:
    assert clients_of("").recognise("", "") is None


@pytest.mark.parametrize(
    "text", ["sync", f"sync:{FIRST[:-1]}", f":{FIRST}", f"Sync:{FIRST}", f"a b:{FIRST}"]
)
def test_what_is_no_client_is_refused_without_showing_it(text: str) -> None:
    """The message names the place in the list, and no secret."""
    with pytest.raises(ValueError, match="client 2") as wrong:
        ClientSettings(secrets=SecretStr(f"analytics:{OTHER},{text}"))
    assert FIRST[:-1] not in str(wrong.value)
    assert OTHER not in str(wrong.value)


def test_secrets_are_not_shown() -> None:
    """Neither in a setting's text nor in the parsed clients'."""
    assert FIRST not in repr(clients_of(SETTING))
    assert FIRST not in repr(ClientSettings(secrets=SecretStr(SETTING)))


def test_a_service_token_says_this() -> None:
    """Ten minutes, an audience of its own, and the scope of its client."""
    now = 1_800_000_000_999
    assert service_claims(ClientId("sync"), token_id="tok_1", now=now) == {
        "iss": "jira-analytics",
        "aud": "jira-analytics-internal",
        "sub": "svc_sync",
        "scope": "internal",
        "iat": 1_800_000_000,
        "nbf": 1_800_000_000,
        "exp": 1_800_000_600,
        "jti": "tok_1",
    }
    operator = service_claims(ClientId("operator"), token_id="tok_1", now=now)
    assert (operator["sub"], operator["scope"]) == ("svc_operator", "operator")
