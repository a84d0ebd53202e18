"""The step that every change of a member is: judged, kept, told, and noted also where refused."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from services.auth.audit.refusals import Inbox, noting_refusals
from services.auth.domain.account import Membership
from services.auth.domain.roster import MemberChange, Roster
from services.kernel.audit import Action, Actor, event
from services.kernel.ids import Instant, UserId


class Members(Protocol):
    """Keeps who belongs where."""

    async def change(
        self,
        actor: Actor,
        user_id: UserId,
        decide: Callable[[Roster], MemberChange],
        *,
        now: Instant,
    ) -> MemberChange:
        """Change a member of the actor's workspace as is decided, by its roster as it is then."""


class Rule(Protocol):
    """Judges a change."""

    def __call__(self, roster: Roster, *, actor: Actor, now: Instant) -> MemberChange:
        """Say what becomes of the member, or refuse it."""


@dataclass(frozen=True, slots=True)
class ChangingMembers:
    """The step, with what it needs."""

    members: Members
    inbox: Inbox
    tell: Callable[..., Awaitable[None]]
    clock: Callable[[], Instant]

    async def __call__(
        self, actor: Actor, user_id: UserId, rule: Rule, *, action: Action
    ) -> Membership:
        """Change a member by a rule; the tokens that say what they were hold no more."""
        now = self.clock()
        tried = event(actor, action, now=now, target_id=user_id)

        def decide(roster: Roster) -> MemberChange:
            return rule(roster, actor=actor, now=now)

        async with noting_refusals(self.inbox, tried):
            done = await self.members.change(actor, user_id, decide, now=now)
        await self.tell(*done.revocations)
        return done.member
