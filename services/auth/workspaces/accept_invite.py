"""Accepting an invitation: whoever has the address and the link joins, once."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from services.auth.audit.refusals import Inbox, noting_refusals
from services.auth.domain.account import Membership, Workspace
from services.auth.domain.invite import Acceptance, accepted
from services.auth.domain.link import LinkKind, ShownLink
from services.kernel.audit import Actor, AuditEvent, event
from services.kernel.errors import AlreadyMember, LinkInvalid
from services.kernel.ids import Instant


class Links(Protocol):
    """Reads the tokens of mailed links."""

    def open(self, token: str, kind: LinkKind) -> ShownLink:
        """Read a token; LinkInvalid unless it is ours and of this kind."""


class Invites(Protocol):
    """Keeps invitations."""

    async def accept(
        self,
        actor: Actor,
        shown: ShownLink,
        decide: Callable[[Acceptance], tuple[Membership, tuple[AuditEvent, ...]]],
        *,
        now: Instant,
    ) -> Membership:
        """Use a link and make the actor a member as is decided; LinkInvalid, TokenStale."""


@dataclass(frozen=True, slots=True)
class AcceptInvite:
    """The use case, with what it needs."""

    links: Links
    invites: Invites
    inbox: Inbox
    clock: Callable[[], Instant]

    async def __call__(self, actor: Actor, token: str) -> Workspace:
        """Make the caller a member, and confirm their address; LinkInvalid, AlreadyMember."""
        now = self.clock()
        # Where it is refused, it is told in the caller's own workspace.
        tried = event(actor, "invite.accept", now=now)
        async with noting_refusals(self.inbox, tried, of=(LinkInvalid, AlreadyMember)):
            return await self._accept(actor, self.links.open(token, LinkKind.INVITE), now=now)

    async def _accept(self, actor: Actor, shown: ShownLink, *, now: Instant) -> Workspace:
        def decide(acceptance: Acceptance) -> tuple[Membership, tuple[AuditEvent, ...]]:
            membership = accepted(acceptance, now=now)
            there = replace(actor, workspace_id=membership.workspace.workspace_id)
            role = membership.role.value
            used = event(there, "invite.accept", now=now, target_id=acceptance.invite.invite_id)
            added = event(there, "member.add", now=now, target_id=actor.user_id, role=role)
            return membership, (used, added)

        joined = await self.invites.accept(actor, shown, decide, now=now)
        return joined.workspace
