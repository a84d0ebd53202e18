"""People, and the workspaces they belong to."""

from dataclasses import dataclass, field

from services.auth.domain.email import Email
from services.kernel.ids import Instant, UserId, WorkspaceId
from services.kernel.membership import Region, Role, Tier


@dataclass(frozen=True, slots=True)
class PasswordHash:
    """A password as it is kept; `scheme` says how it was made, so that it can be moved on."""

    scheme: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Account:
    """A person; signing in leads to the workspace named here.

    `version` counts what ends all of the account's tokens. `erased_from`: when a deletion that is
    pending becomes final.
    """

    user_id: UserId
    email: Email
    password: PasswordHash
    workspace_id: WorkspaceId
    created: Instant
    display_name: str = ""
    verified: bool = False
    disabled: bool = False
    version: int = 0
    erased_from: Instant | None = None


@dataclass(frozen=True, slots=True)
class Workspace:
    """A company's or a team's part of the product.

    `version` counts the changes of what tokens say of it: its tier, its time zone.
    """

    workspace_id: WorkspaceId
    name: str
    time_zone: str
    tier: Tier
    created: Instant
    region: Region = Region.EU
    version: int = 0


@dataclass(frozen=True, slots=True)
class Membership:
    """A person in a workspace: what a token stands for.

    `version` counts the changes of the role.
    """

    account: Account
    workspace: Workspace
    role: Role
    version: int = 0
    joined: Instant = 0


@dataclass(frozen=True, slots=True)
class Newcomer:
    """What an account and its first workspace are made of."""

    email: Email
    workspace_name: str
    time_zone: str
    tier: Tier = Tier.FREE
    region: Region = Region.EU


def first_membership(
    newcomer: Newcomer,
    password: PasswordHash,
    *,
    user_id: UserId,
    workspace_id: WorkspaceId,
    now: Instant,
) -> Membership:
    """Make an account that owns a workspace of its own."""
    return Membership(
        account=Account(user_id, newcomer.email, password, workspace_id, now),
        workspace=Workspace(
            workspace_id,
            newcomer.workspace_name,
            newcomer.time_zone,
            newcomer.tier,
            created=now,
            region=newcomer.region,
        ),
        role=Role.OWNER,
        joined=now,
    )
