"""API keys, by which machines get access tokens: of a secret only its hash is ever kept."""

import hashlib
import secrets
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Final

from services.auth.domain.session import Digest
from services.kernel.ids import Instant, WorkspaceId
from services.kernel.membership import Role, Scope

SECRET_PREFIX: Final = "jak_"  # noqa: S105 - how every secret begins
ID_PREFIX: Final = "key_"
SECRET_BYTES: Final = 32
# So much of the secret is shown in lists: nothing of what is secret in it.
SHOWN_CHARACTERS: Final = 12
# As long as the longest secret of ours, and some more.
LONGEST_SECRET: Final = 200
MINUTE: Final = 60_000
# What a secret is compared with where there is no key: no text has this digest.
NO_DIGEST: Final = Digest("0" * 64)
_ROLES: Final = {"admin": Role.ADMIN, "write": Role.MEMBER, "read": Role.VIEWER}


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it is kept; `expires` and `last_used` (to the minute) are None for never."""

    key_id: str
    workspace_id: WorkspaceId
    name: str
    prefix: str
    digest: Digest = field(repr=False)
    scopes: frozenset[Scope]
    creator_id: str
    created: Instant
    expires: Instant | None = None
    last_used: Instant | None = None

    @property
    def role(self) -> Role:
        """The role that the widest of the scopes stands for; never that of an owner."""
        return role_of(self.scopes)

    def stands(self, now: Instant) -> bool:
        """Tell whether it has not expired."""
        return self.expires is None or now < self.expires


def role_of(scopes: frozenset[Scope]) -> Role:
    """Tell the role that the widest of scopes stands for."""
    verbs = {scope.partition(":")[2] for scope in scopes}
    return next(role for verb, role in _ROLES.items() if verb in verbs)


def secret_of(key_id: str, random: bytes) -> str:
    """Write a key's secret: it says which key it is, so that the key is found without a search."""
    return f"{SECRET_PREFIX}{key_id.removeprefix(ID_PREFIX)}_{random.hex()}"


def fresh_secret(key_id: str) -> str:
    """Make a secret of 256 random bits."""
    return secret_of(key_id, secrets.token_bytes(SECRET_BYTES))


def key_id_of(secret: str) -> str:
    """Read which key a secret says it is; of what is no secret, an id that no key has."""
    return ID_PREFIX + secret[:LONGEST_SECRET].removeprefix(SECRET_PREFIX).partition("_")[0]


def digest_of(secret: str) -> Digest:
    """Tell what is kept of a secret: 256 random bits need no slower hash."""
    return Digest(hashlib.sha256(secret.encode()).hexdigest())


def good_for(key: ApiKey | None, digest: Digest, *, now: Instant) -> bool:
    """Tell whether a key may be traded; it is compared also where there is none."""
    same = compare_digest(key.digest if key else NO_DIGEST, digest)
    return key is not None and same and key.stands(now)
