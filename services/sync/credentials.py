"""Secrets at rest: encrypted, and bound to the connection (and the address) they belong to.

Fernet has no associated data, so what a ciphertext belongs to stands inside it and is checked on
reading: a row's ciphertext is of no use in another row (PROMISES F1).
"""

import json
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from services.kernel.ids import TenantScope
from services.sync.sources.jira_cloud import Credential

# What stands in the place of an address: no credential is taken for a webhook's secret.
WEBHOOK = "webhook"


class CredentialUnreadable(Exception):
    """The ciphertext was not made for this connection, or with a key we no longer have."""


class Vault:
    """Encrypts and decrypts credentials; the first key encrypts, each may decrypt."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in keys])

    def seal(self, credential: Credential, scope: TenantScope, origin: str) -> bytes:
        """Encrypt a credential for one connection and one address."""
        plain = [*_belonging(scope, origin), credential.email, credential.api_token]
        return self._fernet.encrypt(json.dumps(plain).encode())

    def open(self, sealed: bytes, scope: TenantScope, origin: str) -> Credential:
        """Decrypt a credential; CredentialUnreadable where it belongs to something else."""
        try:
            *belonging, email, api_token = json.loads(self._fernet.decrypt(sealed))
        except (InvalidToken, ValueError, TypeError) as unreadable:
            raise CredentialUnreadable("a credential cannot be decrypted") from unreadable
        if belonging != _belonging(scope, origin):
            raise CredentialUnreadable("a credential belongs to another connection")
        return Credential(email=email, api_token=api_token)

    def seal_secret(self, secret: str, scope: TenantScope) -> bytes:
        """Encrypt what one connection's webhooks are signed with."""
        plain = [*_belonging(scope, WEBHOOK), secret]
        return self._fernet.encrypt(json.dumps(plain).encode())

    def open_secret(self, sealed: bytes, scope: TenantScope) -> str:
        """Decrypt a webhook's secret; CredentialUnreadable where it belongs to something else."""
        try:
            *belonging, secret = json.loads(self._fernet.decrypt(sealed))
        except (InvalidToken, ValueError, TypeError) as unreadable:
            raise CredentialUnreadable("a webhook's secret cannot be decrypted") from unreadable
        if belonging != _belonging(scope, WEBHOOK):
            raise CredentialUnreadable("a webhook's secret belongs to another connection")
        return str(secret)


def _belonging(scope: TenantScope, origin: str) -> list[str]:
    return [scope.workspace_id, scope.connection_id, origin]
