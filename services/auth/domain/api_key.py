"""API keys, by which machines get access tokens: of a secret only its hash is ever kept."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Final

from services.auth.domain.session import Digest, digest_of
from services.kernel.audit import Actor
from services.kernel.errors import InvalidField, LimitReached, ScopeInsufficient
from services.kernel.ids import Instant, WorkspaceId
from services.kernel.membership import Role, Scope

SECRET_PREFIX: Final = "jak_"  # noqa: S105 - how every secret begins
ID_PREFIX: Final = "key_"
SECRET_BYTES: Final = 32
# So much of a secret is shown in lists: of what is secret in it, nothing.
SHOWN_CHARACTERS: Final = 12
# As long as the longest secret of ours, and some more.
LONGEST_SECRET: Final = 200
MINUTE: Final = 60_000
# So many keys a workspace has at most, those not counted that were revoked: far more than machines
# need, and few enough to end in one transaction all that a stolen key may have made.
MOST_KEYS: Final = 200
# What a secret is compared with where there is no key: no text has this digest.
NO_DIGEST: Final = Digest("0" * 64)
_ROLES: Final = {"admin": Role.ADMIN, "write": Role.MEMBER, "read": Role.VIEWER}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an admin wants a key to be; it never expires where that is None."""

    name: str
    scopes: frozenset[Scope]
    expires: Instant | None = None


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it is kept; `last_used` is to the minute, None stands for never.

    A revoked key is kept, so that the audit hears of who still tries it.
    """

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
    revoked: Instant | None = None

    @property
    def role(self) -> Role:
        """The role that the widest of the scopes stands for; never that of an owner."""
        return role_of(self.scopes)

    def stands(self, now: Instant) -> bool:
        """Tell whether it is neither revoked nor expired."""
        return self.revoked is None and (self.expires is None or now < self.expires)


def role_of(scopes: frozenset[Scope]) -> Role:
    """Tell the role that the widest of scopes stands for."""
    verbs = {scope.partition(":")[2] for scope in scopes}
    return next(role for verb, role in _ROLES.items() if verb in verbs)


def opened_by(role: Role) -> frozenset[Scope]:
    """Tell the scopes of all that a person of a role may do."""
    return frozenset(scope for scope in Scope if role.covers(role_of(frozenset({scope}))))


def check_given(given: frozenset[Scope], own: frozenset[Scope] | None) -> None:
    """Refuse, as ScopeInsufficient, a machine that gives others more than it has.

    `own` are its scopes; None stands for a person, who may give all.
    """
    lacking = given - own if own is not None else frozenset()
    if lacking:
        raise ScopeInsufficient(min(lacking))


def check_wanted(wanted: Wanted, own: frozenset[Scope] | None, *, now: Instant) -> None:
    """Refuse an expiry that is past (InvalidField), and scopes that a machine does not have."""
    if wanted.expires is not None and wanted.expires <= now:
        raise InvalidField("expire_time", "this is to be in the future")
    check_given(wanted.scopes, own)


def check_room(kept: int) -> None:
    """Refuse, as LimitReached, a key where the workspace has as many as it may."""
    if kept >= MOST_KEYS:
        raise LimitReached("API keys", MOST_KEYS)


def family_of(keys: Sequence[ApiKey], ancestor_id: str) -> Sequence[ApiKey]:
    """Give the keys that are somebody's, a person's or a key's: itself, those they made, and so on.

    Whoever has stolen a key has made others with it.
    """
    family = {ancestor_id}
    while more := {key.key_id for key in keys if key.creator_id in family} - family:
        family |= more
    return [key for key in keys if key.key_id in family]


def secret_of(key_id: str, random: bytes) -> str:
    """Write a key's secret: it says which key it is, so that the key is found without a search."""
    return f"{SECRET_PREFIX}{key_id.removeprefix(ID_PREFIX)}_{random.hex()}"


def made_of(wanted: Wanted, actor: Actor, *, key_id: str, secret: str, now: Instant) -> ApiKey:
    """Make what is kept of a key."""
    return ApiKey(
        key_id=key_id,
        workspace_id=actor.workspace_id,
        name=wanted.name,
        prefix=secret[:SHOWN_CHARACTERS],
        digest=digest_of(secret),
        scopes=wanted.scopes,
        creator_id=actor.user_id,
        created=now,
        expires=wanted.expires,
    )


def key_id_of(secret: str) -> str:
    """Read which key a secret says it is; of what is no secret, an id that no key has."""
    return ID_PREFIX + secret[:LONGEST_SECRET].removeprefix(SECRET_PREFIX).partition("_")[0]


def good_for(key: ApiKey | None, digest: Digest, *, now: Instant) -> bool:
    """Tell whether a key may be traded; it is compared also where there is none."""
    same = compare_digest(key.digest if key else NO_DIGEST, digest)
    return key is not None and same and key.stands(now)
