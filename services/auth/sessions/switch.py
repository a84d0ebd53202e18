"""Going to another workspace: a session begins there, and the present one stays."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from services.auth.audit.refusals import Inbox, noting_refusals
from services.auth.domain.account import Membership
from services.auth.domain.session import Beginning, Session, SessionId, stands
from services.auth.sessions.granting import Grant, Granting
from services.auth.sessions.telling import Tell
from services.kernel.audit import Actor, AuditEvent, event
from services.kernel.errors import AccountDisabled, NotFound, TokenStale
from services.kernel.ids import Instant, UserId, WorkspaceId
from services.kernel.revocation import Revocation


class Accounts(Protocol):
    """Finds accounts."""

    async def find(self, user_id: UserId, workspace_id: WorkspaceId) -> Membership | None:
        """Find a person in a workspace."""


class Sessions(Protocol):
    """Keeps sessions."""

    async def session(self, session_id: SessionId) -> Session | None:
        """Find a session."""

    async def begin_beside(
        self, actor: Actor, beginning: Beginning, *events: AuditEvent
    ) -> Sequence[Revocation]:
        """Keep a session, its first token and its events; NotFound, TokenStale.

        Gives what ends the tokens of sessions that there is no room for beside it.
        """


@dataclass(frozen=True, slots=True)
class SwitchWorkspace:
    """The use case, with what it needs."""

    accounts: Accounts
    sessions: Sessions
    granting: Granting
    clock: Callable[[], Instant]
    tell: Tell
    inbox: Inbox

    async def __call__(self, actor: Actor, workspace_id: WorkspaceId) -> Grant:
        """Begin a session in another workspace; NotFound unless the actor is a member there.

        It ends when the present one would have: nobody stays on without signing in. TokenStale
        where the present one has ended, whether or not this process has heard of it.
        """
        now = self.clock()
        # In the workspace that is left; what begins in the other one is told there.
        left = event(actor, "session.switch", now=now, target_id=actor.session_id)
        async with noting_refusals(self.inbox, left, of=(NotFound, AccountDisabled)):
            return await self._switch(actor, workspace_id, left, now=now)

    async def _switch(
        self, actor: Actor, workspace_id: WorkspaceId, left: AuditEvent, *, now: Instant
    ) -> Grant:
        membership = await self.accounts.find(actor.user_id, workspace_id)
        if membership is None:
            raise NotFound("workspace")
        if membership.account.disabled:
            raise AccountDisabled
        if membership.account.erased_from is not None:
            raise TokenStale
        present = await self.sessions.session(SessionId(actor.session_id))
        if present is None or not stands(present, now=now):
            raise TokenStale
        grant, beginning = self.granting.begin(
            membership, now=now, origin=actor.origin, by="switch", beside=present
        )
        await self.tell(*await self.sessions.begin_beside(actor, beginning, left))
        return grant
