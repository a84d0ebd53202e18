"""Requests of operators."""

from dataclasses import dataclass, field
from typing import Final

from jira_analytics.auth.v1 import operator_pb2 as pb
from jira_analytics.auth.v1.workspace_pb2 import Workspace
from services.auth.domain.account import Newcomer
from services.auth.domain.email import parse_email
from services.auth.domain.password import check_length
from services.auth.requests.ids import id_of
from services.auth.requests.signing_in import region_of, time_zone_of, workspace_name_of
from services.kernel.errors import InvalidField
from services.kernel.ids import UserId, WorkspaceId
from services.kernel.membership import Tier

_TIERS: Final[dict[int, Tier]] = {Workspace.Tier.Value(tier.name): tier for tier in Tier}


@dataclass(frozen=True, slots=True)
class Creating:
    """A CreateUser's request."""

    newcomer: Newcomer
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Moving:
    """A SetTier's request."""

    workspace_id: WorkspaceId
    tier: Tier


@dataclass(frozen=True, slots=True)
class Disabling:
    """A DisableUser's request."""

    user_id: UserId
    enabled: bool


def creating_of(request: pb.CreateUserRequest) -> Creating:
    """Parse a CreateUser; InvalidField. Operators may choose any password that can be read."""
    check_length(request.password)
    newcomer = Newcomer(
        parse_email(request.email),
        workspace_name_of(request.workspace_name),
        time_zone_of(request.time_zone),
        tier_of(request.tier) if request.tier else Tier.FREE,
        region_of(request.region),
    )
    return Creating(newcomer, request.password)


def moving_of(request: pb.SetTierRequest) -> Moving:
    """Parse a SetTier; InvalidField."""
    workspace_id = WorkspaceId(id_of(request.workspace_id, "workspace_id"))
    return Moving(workspace_id, tier_of(request.tier))


def disabling_of(request: pb.DisableUserRequest) -> Disabling:
    """Parse a DisableUser; InvalidField."""
    return Disabling(UserId(id_of(request.user_id, "user_id")), request.enable)


def tier_of(value: int) -> Tier:
    """Parse a tier, which must be one; InvalidField."""
    if value not in _TIERS:
        raise InvalidField("tier", "write FREE, PRO or ENTERPRISE")
    return _TIERS[value]
