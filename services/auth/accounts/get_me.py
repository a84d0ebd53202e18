"""Telling callers who they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from services.auth.domain.account import Membership
from services.kernel.errors import TokenInvalid
from services.kernel.ids import UserId, WorkspaceId


class People(Protocol):
    """Finds people."""

    async def memberships(self, user_id: UserId) -> Sequence[Membership]:
        """Give a person's place in every workspace that they are a member of."""


@dataclass(frozen=True, slots=True)
class Place:
    """Somebody in one workspace, and everywhere."""

    here: Membership
    everywhere: Sequence[Membership]


@dataclass(frozen=True, slots=True)
class GetMe:
    """The use case, with what it needs."""

    people: People

    async def __call__(self, user_id: UserId, workspace_id: WorkspaceId) -> Place:
        """Find the caller as they are now; TokenInvalid where they are no member any more."""
        everywhere = await self.people.memberships(user_id)
        here = [one for one in everywhere if one.workspace.workspace_id == workspace_id]
        if not here:
            raise TokenInvalid("whoever this access token is for is not in its workspace any more")
        return Place(here[0], everywhere)
