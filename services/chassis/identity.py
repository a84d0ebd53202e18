"""Who is calling: set once per call from a verified token, never from a header."""

from contextvars import ContextVar
from dataclasses import dataclass

from services.kernel.errors import TokenInvalid
from services.kernel.ids import UserId, WorkspaceId
from services.kernel.membership import Role, Tier

__all__ = ["Caller", "Role", "Tier", "caller", "note"]


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
