"""Making and reading the tokens of mailed links.

A token is encrypted and signed (Fernet), so that it says nothing to whoever sees it and nobody else
can make one; and it is recorded, so that it works once.
"""

import secrets
from collections.abc import Sequence
from typing import Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from services.auth.domain.link import Link, LinkKind, ShownLink, link_of
from services.auth.domain.session import digest_of
from services.kernel.errors import LinkInvalid
from services.kernel.ids import Instant

NONCE_BYTES: Final = 32
# More than any of ours has: what is longer is not worth decrypting.
LONGEST_TOKEN: Final = 1024


class LinkMint:
    """Makes links' tokens; the first master key encrypts, each may decrypt."""

    def __init__(self, master_keys: Sequence[str]) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in master_keys])

    def mint(self, kind: LinkKind, subject_id: str, *, now: Instant) -> tuple[str, Link]:
        """Make a token, and what is to be kept of it."""
        said = "\n".join((kind, subject_id, secrets.token_urlsafe(NONCE_BYTES)))
        token = self._fernet.encrypt(said.encode()).decode()
        return token, link_of(ShownLink(digest_of(token), kind, subject_id), now=now)

    def open(self, token: str, kind: LinkKind) -> ShownLink:
        """Read a token; LinkInvalid unless it is ours and of this kind.

        It is to be redeemed after that (store.links): only then it is known to stand.
        """
        if len(token) > LONGEST_TOKEN:
            raise LinkInvalid
        try:
            said = self._fernet.decrypt(token.encode()).decode()
        except InvalidToken as forged:
            raise LinkInvalid from forged
        named, subject_id, _ = said.split("\n")
        if named != kind:
            raise LinkInvalid
        return ShownLink(digest_of(token), kind, subject_id)
