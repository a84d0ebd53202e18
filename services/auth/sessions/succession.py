"""Which refresh token follows which: told again for a lost answer, without keeping any text.

A child is an HMAC of its parent's text under a pepper that only this service has. So whoever lost
the answer gets the same child again, and neither the database nor a parent alone gives it away.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from services.auth.domain.session import Digest, digest_of

PEPPER_BYTES: Final = 32
PURPOSE: Final = b"jira-analytics refresh tokens"


class Succession:
    """Derives refresh tokens; the first master key's pepper derives, each may tell one again."""

    def __init__(self, master_keys: Sequence[str]) -> None:
        self._peppers = [_pepper_of(key) for key in master_keys]

    def child_of(self, parent: str) -> str:
        """Derive the text of the token that a parent is traded for."""
        return _derived(self._peppers[0], parent)

    def child_again(self, parent: str, kept: Digest) -> str | None:
        """Derive the child that is kept; None where the master key that made it is gone."""
        for pepper in self._peppers:
            child = _derived(pepper, parent)
            if hmac.compare_digest(digest_of(child), kept):
                return child
        return None


def _pepper_of(master_key: str) -> bytes:
    """Derive a key of its own for this purpose from a master key (RFC 5869)."""
    derive = HKDF(algorithm=SHA256(), length=PEPPER_BYTES, salt=None, info=PURPOSE)
    return derive.derive(base64.urlsafe_b64decode(master_key))


def _derived(pepper: bytes, parent: str) -> str:
    made = hmac.new(pepper, parent.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(made).rstrip(b"=").decode()
