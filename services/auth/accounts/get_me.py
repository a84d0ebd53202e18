"""Telling callers who they are."""

from dataclasses import dataclass
from typing import Protocol

from services.auth.domain.account import Membership
from services.kernel.errors import TokenInvalid
from services.kernel.ids import UserId, WorkspaceId


class Accounts(Protocol):
    """Finds accounts."""

    async def find(self, user_id: UserId, workspace_id: WorkspaceId) -> Membership | None:
        """Find a person in a workspace."""


@dataclass(frozen=True, slots=True)
class GetMe:
    """The use case, with what it needs."""

    accounts: Accounts

    async def __call__(self, user_id: UserId, workspace_id: WorkspaceId) -> Membership:
        """Find the caller as they are now; TokenInvalid where they are no member any more."""
        membership = await self.accounts.find(user_id, workspace_id)
        if membership is None:
            raise TokenInvalid("whoever this access token is for is not in its workspace any more")
        return membership
