"""Credentials at rest (PROMISES F1): bound to where they belong, readable by keys we hold."""

import base64

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from services.kernel.ids import ConnectionId, TenantScope, WorkspaceId
from services.sync.credentials import CredentialUnreadable, Vault
from services.sync.sources.jira_cloud import Credential

ORIGIN = "https://acme.atlassian.net"
SCOPE = TenantScope(WorkspaceId("wsp_1"), ConnectionId("con_1"))
CREDENTIAL = Credential("ann@example.com", "the-token")
OLD, FRESH, FOREIGN = (Fernet.generate_key().decode() for _ in range(3))


@given(st.text(), st.text())
def test_what_was_sealed_is_opened(email: str, token: str) -> None:
    """Whatever letters it has, a credential comes back as it was."""
    vault = Vault([OLD])
    credential = Credential(email, token)
    assert vault.open(vault.seal(credential, SCOPE, ORIGIN), SCOPE, ORIGIN) == credential


def test_nothing_of_it_can_be_read() -> None:
    """Neither as it is stored nor decoded does it show address or token; twice is never alike."""
    vault = Vault([OLD])
    sealed = vault.seal(CREDENTIAL, SCOPE, ORIGIN)
    plain = base64.urlsafe_b64decode(sealed)
    for part in (b"the-token", b"ann@example.com", b"con_1"):
        assert part not in sealed
        assert part not in plain
    assert vault.seal(CREDENTIAL, SCOPE, ORIGIN) != sealed


@pytest.mark.parametrize(
    ("workspace", "connection", "origin"),
    [
        ("wsp_1", "con_2", ORIGIN),
        ("wsp_2", "con_1", ORIGIN),
        ("wsp_1", "con_1", "https://evil.atlassian.net"),
        # Joined, these would read alike.
        ("wsp_1con_1", "", ORIGIN),
    ],
)
def test_a_ciphertext_is_of_no_use_in_another_row(
    workspace: str, connection: str, origin: str
) -> None:
    """Swapped between two connections, workspaces or addresses, it does not open."""
    vault = Vault([OLD])
    elsewhere = TenantScope(WorkspaceId(workspace), ConnectionId(connection))
    with pytest.raises(CredentialUnreadable, match="another connection"):
        vault.open(vault.seal(CREDENTIAL, SCOPE, ORIGIN), elsewhere, origin)


def test_another_key_opens_nothing() -> None:
    """With a key we do not hold, or a byte changed, nothing is read, and nothing leaks."""
    sealed = Vault([FOREIGN]).seal(CREDENTIAL, SCOPE, ORIGIN)
    changed = sealed[:-4] + (b"AAAA" if sealed[-4:] != b"AAAA" else b"BBBB")
    for vault, ciphertext in (
        (Vault([OLD, FRESH]), sealed),
        (Vault([FOREIGN]), changed),
        (Vault([FOREIGN]), b""),
    ):
        with pytest.raises(CredentialUnreadable) as unreadable:
            vault.open(ciphertext, SCOPE, ORIGIN)
        assert "token" not in str(unreadable.value)


def test_something_else_we_encrypted_is_no_credential() -> None:
    """A ciphertext of ours that holds something else is refused, not misread."""
    for plain in (b"", b"null", b"[]", b"5", b'{"a": 1}', b'["wsp_1"]', b"\xff"):
        with pytest.raises(CredentialUnreadable):
            Vault([OLD]).open(Fernet(OLD).encrypt(plain), SCOPE, ORIGIN)


def test_rotation() -> None:
    """With a fresh key in front, the old rows still open, and new ones need the fresh key only."""
    before = Vault([OLD]).seal(CREDENTIAL, SCOPE, ORIGIN)
    both = Vault([FRESH, OLD])
    assert both.open(before, SCOPE, ORIGIN) == CREDENTIAL
    after = both.seal(CREDENTIAL, SCOPE, ORIGIN)
    assert Vault([FRESH]).open(after, SCOPE, ORIGIN) == CREDENTIAL
    with pytest.raises(CredentialUnreadable):
        Vault([FRESH]).open(before, SCOPE, ORIGIN)
