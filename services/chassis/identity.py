"""Who is calling: set once per call from a verified token, never from a header."""

from contextvars import ContextVar
from dataclasses import dataclass

from services.kernel.errors import TokenInvalid
from services.kernel.ids import UserId, WorkspaceId
from services.kernel.membership import Region, Role, Scope, ServiceScope, Tier
from services.kernel.revocation import Stamp

__all__ = ["Caller", "Role", "ServiceCaller", "Tier", "caller", "note", "note_service", "service"]


@dataclass(frozen=True, slots=True)
class Caller:
    """A person or a machine in a workspace, as their access token says.

    `expires`: seconds since 1970. `scopes`: None for a person, who may do what the role may;
    of a machine, `user_id` and `session_id` are its key's id. `stamps`: by what the token can be
    revoked before it expires.
    """

    user_id: UserId
    workspace_id: WorkspaceId
    role: Role
    tier: Tier
    region: Region
    time_zone: str
    session_id: str
    token_id: str
    expires: int
    stamps: tuple[Stamp, ...] = ()
    scopes: frozenset[Scope] | None = None


@dataclass(frozen=True, slots=True)
class ServiceCaller:
    """A service of the product, or an operator, as their service token says; "svc_sync"."""

    service_id: str
    scope: ServiceScope
    token_id: str
    expires: int


_caller: ContextVar[Caller | None] = ContextVar("caller", default=None)
_service: ContextVar[ServiceCaller | None] = ContextVar("service", default=None)


def note(caller: Caller) -> None:
    """Note who the present call is from."""
    _caller.set(caller)


def caller() -> Caller:
    """Tell who the present call is from; TokenInvalid in a call that is from nobody."""
    present = _caller.get()
    if present is None:
        raise TokenInvalid("this call needs an access token")
    return present


def note_service(calling: ServiceCaller) -> None:
    """Note which service the present call is from."""
    _service.set(calling)


def service() -> ServiceCaller:
    """Tell which service the present call is from; TokenInvalid in a call that is from none."""
    present = _service.get()
    if present is None:
        raise TokenInvalid("this call needs a service token")
    return present
