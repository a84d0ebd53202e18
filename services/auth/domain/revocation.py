"""By what access tokens can be ended: the subjects they rest on, and their versions."""

from services.auth.domain.account import Membership
from services.kernel.ids import Instant, UserId, WorkspaceId
from services.kernel.revocation import Revocation

# A session or a key stands or is ended: there is nothing to count.
ENDED = 1


def ended(subject: str, *, now: Instant) -> Revocation:
    """End all tokens of a session or of a key."""
    return Revocation(subject, ENDED, now)


def member_subject(workspace_id: WorkspaceId, user_id: UserId) -> str:
    """Name a membership as a subject."""
    return f"{workspace_id}:{user_id}"


def versions_of(membership: Membership) -> list[int]:
    """Give the versions a token says: of the account, the workspace and the membership."""
    return [membership.account.version, membership.workspace.version, membership.version]
