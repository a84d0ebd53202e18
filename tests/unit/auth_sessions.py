"""Refreshing over sessions in memory, at a moment that tests move."""

from dataclasses import dataclass, field, replace

from cryptography.fernet import Fernet

from services.auth.domain.account import Membership
from services.auth.domain.claims import Claims
from services.auth.domain.session import Beginning, RefreshToken, SessionId
from services.auth.sessions.end import EndSession, SignOut
from services.auth.sessions.granting import Grant, Granting
from services.auth.sessions.refresh import Refresh
from services.auth.sessions.succession import Succession
from services.kernel.audit import Actor, AuditEvent
from services.kernel.ids import Instant, UserId, WorkspaceId
from services.kernel.origin import Origin
from services.kernel.revocation import Revocation
from tests.fakes.sessions_in_memory import SessionsInMemory
from tests.unit.auth_examples import NOW, USER, WORKSPACE, membership

OLD_MASTER, MASTER = (Fernet.generate_key().decode() for _ in range(2))
HERE = Origin("192.0.2.0/24", "a browser", "0af7651916cd43dd8448eb211c80319c")


class Plain:
    """Signs nothing: a token says its claims."""

    def sign(self, claims: Claims) -> str:
        return str(sorted(claims.items(), key=str))


@dataclass
class Accounts:
    """Holds one person."""

    person: Membership = field(default_factory=membership)

    async def find(self, user_id: UserId, workspace_id: WorkspaceId) -> Membership | None:
        return self.person if (user_id, workspace_id) == (USER, WORKSPACE) else None

    def change(self, **fields: bool | Instant) -> None:
        account = replace(self.person.account, **fields)  # type: ignore[arg-type]
        self.person = replace(self.person, account=account)


@dataclass
class World:
    """One person, their sessions, and who hears of what ends."""

    now: Instant = NOW
    accounts: Accounts = field(default_factory=Accounts)
    store: SessionsInMemory = field(default_factory=SessionsInMemory)
    refusals: list[AuditEvent] = field(default_factory=list)
    alarms: list[RefreshToken] = field(default_factory=list)
    told: list[Revocation] = field(default_factory=list)
    masters: tuple[str, ...] = (MASTER,)

    @property
    def granting(self) -> Granting:
        return Granting(Plain(), Succession(self.masters))

    async def begin(self) -> tuple[Grant, Beginning]:
        grant, begun = self.granting.begin(self.accounts.person, now=self.now, origin=HERE)
        await self.store.begin(begun)
        return grant, begun

    async def refresh(self, text: str, origin: Origin = HERE) -> Grant:
        refreshing = Refresh(
            self.accounts,
            self.store,
            self.granting,
            lambda: self.now,
            self.tell,
            self.alarms.append,
            self,
        )
        return await refreshing(text, origin)

    async def refuse(self, event: AuditEvent) -> None:
        self.refusals.append(event)

    async def sign_out(self, session_id: SessionId) -> None:
        ending = EndSession(self.store, lambda: self.now, self.tell)
        session = self.store.sessions[session_id]
        actor = Actor(session.user_id, session.workspace_id, session_id, HERE)
        await SignOut(ending)(actor)

    async def tell(self, *revocations: Revocation) -> None:
        self.told += revocations

    @property
    def actions(self) -> list[str]:
        return [event.action for event in self.store.events]
