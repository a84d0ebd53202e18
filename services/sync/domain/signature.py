"""Whether a webhook's body was signed with a secret that its connection holds (PROMISES W1)."""

import hashlib
import hmac
import re
from collections.abc import Sequence
from typing import Final

# Jira's header says the method, and other methods are not ours: nobody may choose a weaker one.
SIGNATURE: Final = re.compile(r"sha256=([0-9a-f]{64})")
# Signs nothing: where a connection has no secret as much is computed as where it has one.
NO_SECRET: Final = b"\0" * 32


def holds(signature: str, body: bytes, secrets: Sequence[str]) -> bool:
    """Tell whether one of the secrets signed these very bytes.

    An empty secret is none: whoever knows that it is empty could sign with it.
    """
    said = SIGNATURE.fullmatch(signature)
    given = said[1] if said else ""
    keys = [secret.encode() for secret in secrets if secret]
    found = [hmac.compare_digest(_signed(key, body), given) for key in keys or [NO_SECRET]]
    return bool(keys) and any(found)


def _signed(key: bytes, body: bytes) -> str:
    return hmac.new(key, body, hashlib.sha256).hexdigest()
