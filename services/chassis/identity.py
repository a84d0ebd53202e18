"""Who is calling: set once per call from a verified token, never from a header."""

from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum

from services.kernel.errors import TokenInvalid
from services.kernel.ids import UserId, WorkspaceId


class Role(StrEnum):
    """What a member of a workspace may do; each role may do what the one before it may."""

    VIEWER = "VIEWER"
    MEMBER = "MEMBER"
    ADMIN = "ADMIN"
    OWNER = "OWNER"

    def covers(self, required: "Role") -> bool:
        """Tell whether this role may do what `required` may."""
        return _RANK[self] >= _RANK[required]


_RANK = {role: rank for rank, role in enumerate(Role)}


class Tier(StrEnum):
    """What a workspace may use."""

    FREE = "free"
    PRO = "pro"
    ENTERPRISE = "enterprise"


@dataclass(frozen=True, slots=True)
class Caller:
    """A person in a workspace, as their access token says. `expires`: seconds since 1970."""

    user_id: UserId
    workspace_id: WorkspaceId
    role: Role
    tier: Tier
    time_zone: str
    token_id: str
    expires: int


_caller: ContextVar[Caller | None] = ContextVar("caller", default=None)


def note(caller: Caller) -> None:
    """Note who the present call is from."""
    _caller.set(caller)


def caller() -> Caller:
    """Tell who the present call is from; TokenInvalid in a call that is from nobody."""
    present = _caller.get()
    if present is None:
        raise TokenInvalid("this call needs an access token")
    return present
