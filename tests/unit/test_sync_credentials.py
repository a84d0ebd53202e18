"""Credentials at rest: of use to one connection at one address only (PROMISES F1)."""

import json

import pytest
from cryptography.fernet import Fernet
from hypothesis import given, settings
from hypothesis import strategies as st

from services.kernel.ids import ConnectionId, TenantScope, WorkspaceId
from services.sync.credentials import CredentialUnreadable, Vault
from services.sync.sources.jira_cloud import Credential

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
ORIGIN = "https://acme.atlassian.net"
CREDENTIAL = Credential(email="ann@example.com", api_token="canary-token")
VAULT = Vault([NEW])


def scope(workspace: str = "wsp_1", connection: str = "con_1") -> TenantScope:
    return TenantScope(WorkspaceId(workspace), ConnectionId(connection))


@settings(deadline=None)
@given(st.text(), st.text())
def test_what_is_sealed_is_opened(email: str, api_token: str) -> None:
    """A credential comes back as it was, whatever characters it is of."""
    credential = Credential(email=email, api_token=api_token)
    sealed = VAULT.seal(credential, scope(), ORIGIN)
    assert VAULT.open(sealed, scope(), ORIGIN) == credential


def test_the_ciphertext_shows_nothing_and_is_never_the_same() -> None:
    """Neither address nor token can be read, and equal credentials do not look equal."""
    first, second = (VAULT.seal(CREDENTIAL, scope(), ORIGIN) for _ in range(2))
    assert first != second
    assert b"canary" not in first
    assert b"ann" not in first


def test_two_rows_that_are_swapped_are_unreadable() -> None:
    """Ciphertexts copied from one row to another open in neither, within a workspace or across."""
    scopes = [scope(), scope(connection="con_2"), scope(workspace="wsp_2")]
    sealed = [VAULT.seal(CREDENTIAL, each, ORIGIN) for each in scopes]
    for mine in range(3):
        for other in range(3):
            if mine != other:
                with pytest.raises(CredentialUnreadable, match="another connection"):
                    VAULT.open(sealed[other], scopes[mine], ORIGIN)


@pytest.mark.parametrize(
    "origin",
    ["https://evil.atlassian.net", "http://acme.atlassian.net", f"{ORIGIN}:8443", f"{ORIGIN}/", ""],
)
def test_a_site_that_was_edited_gets_no_old_credential(origin: str) -> None:
    """Whoever changes a row's address does not send its token there."""
    sealed = VAULT.seal(CREDENTIAL, scope(), ORIGIN)
    with pytest.raises(CredentialUnreadable, match="another connection"):
        VAULT.open(sealed, scope(), origin)


def test_where_one_name_ends_and_the_next_begins_is_sealed_too() -> None:
    """The same letters, divided otherwise between workspace and connection, are not the same."""
    sealed = VAULT.seal(CREDENTIAL, scope("wsp_1", "2con"), ORIGIN)
    with pytest.raises(CredentialUnreadable):
        VAULT.open(sealed, scope("wsp_12", "con"), ORIGIN)


def test_a_key_we_do_not_have_opens_nothing() -> None:
    """What another key encrypted is unreadable, and the error holds nothing of it."""
    sealed = Vault([OLD]).seal(CREDENTIAL, scope(), ORIGIN)
    with pytest.raises(CredentialUnreadable) as unreadable:
        VAULT.open(sealed, scope(), ORIGIN)
    assert "canary" not in repr(unreadable.value)


@pytest.mark.parametrize("cut", [0, 1, 40, -1])
def test_a_ciphertext_that_was_touched_is_unreadable(cut: int) -> None:
    """Cut short or with one bit turned, it is refused as a whole."""
    sealed = VAULT.seal(CREDENTIAL, scope(), ORIGIN)
    turned = bytearray(sealed)
    turned[cut] ^= 1
    for touched in (sealed[:cut], bytes(turned), b"", b"\x00\xff"):
        with pytest.raises(CredentialUnreadable):
            VAULT.open(touched, scope(), ORIGIN)


@pytest.mark.parametrize("plain", [b"not JSON", b"[]", b'["wsp_1"]', b"\xff", b'["a","b","c"]'])
def test_what_our_key_encrypted_for_something_else_is_unreadable(plain: bytes) -> None:
    """The master keys seal other things, too; none of them passes for a credential."""
    with pytest.raises(CredentialUnreadable):
        VAULT.open(Fernet(NEW).encrypt(plain), scope(), ORIGIN)


def test_keys_are_rotated_without_losing_a_credential() -> None:
    """With both keys old rows open and new rows are the new key's; then the old key may go."""
    before = Vault([OLD]).seal(CREDENTIAL, scope(), ORIGIN)
    both = Vault([NEW, OLD])
    assert both.open(before, scope(), ORIGIN) == CREDENTIAL
    after = both.seal(CREDENTIAL, scope(), ORIGIN)
    assert Vault([NEW]).open(after, scope(), ORIGIN) == CREDENTIAL
    with pytest.raises(CredentialUnreadable):
        Vault([OLD]).open(after, scope(), ORIGIN)


def test_what_it_belongs_to_stands_inside() -> None:
    """Fernet has no associated data: workspace, connection and address are in the plaintext."""
    plain = json.loads(Fernet(NEW).decrypt(VAULT.seal(CREDENTIAL, scope(), ORIGIN)))
    assert plain[:3] == ["wsp_1", "con_1", ORIGIN]


def test_a_credential_does_not_show_itself() -> None:
    """In a log line or a traceback neither address nor token can be seen."""
    shown = f"{CREDENTIAL} {CREDENTIAL!r} {[CREDENTIAL]}"
    assert "canary" not in shown
    assert "ann" not in shown
