"""Handing out to a person everything that is held about them, a record at a time."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol, TypeVar

from services.auth.domain.account import Membership
from services.auth.domain.api_key import ApiKey
from services.auth.domain.audit_chain import Row
from services.auth.domain.email import Email
from services.auth.domain.invite import Invite
from services.auth.domain.page import Page, Rows
from services.auth.domain.session import Session
from services.auth.domain.site_credential import SiteCredential
from services.kernel.audit import Actor, AuditEvent, event
from services.kernel.errors import TokenInvalid
from services.kernel.ids import Instant, UserId, WorkspaceId

AT_ONCE: Final = 200
T = TypeVar("T")


class People(Protocol):
    """Finds people."""

    async def memberships(self, user_id: UserId) -> Sequence[Membership]:
        """Give a person's place in every workspace that they are a member of."""


class OwnData(Protocol):
    """Finds what is held about a person, the oldest first."""

    async def sessions(self, user_id: UserId, page: Page) -> Rows[Session]:
        """Give a person's sessions."""

    async def api_keys(self, creator_id: UserId, page: Page) -> Rows[ApiKey]:
        """Give the keys that a person made."""

    async def invites_by(self, inviter_id: UserId, page: Page) -> Rows[Invite]:
        """Give the invitations that a person sent."""

    async def invites_for(self, email: Email, page: Page) -> Rows[Invite]:
        """Give the invitations that are for a person."""

    async def waiting_events(self, actor_id: UserId, page: Page) -> Rows[AuditEvent]:
        """Give what a person did and what has no place in the audit yet."""


class Log(Protocol):
    """Reads audits."""

    async def of_actor(self, actor_id: str, *, after: Row | None, size: int) -> Sequence[Row]:
        """Give what somebody did, in every workspace, by place, from the one after `after`.

        What has expired may be among it.
        """


class Credentials(Protocol):
    """Finds credentials at sites."""

    async def site_credentials(
        self, workspace_ids: Sequence[WorkspaceId], email: Email
    ) -> Sequence[SiteCredential]:
        """List the connections that sign in with an address; ServiceUnavailable."""


class Inbox(Protocol):
    """Takes events of what changes nothing."""

    async def add(self, event: AuditEvent) -> None:
        """Keep an event."""


@dataclass(frozen=True, slots=True)
class Self:
    """A person in the workspace that they ask from, and everywhere."""

    here: Membership
    everywhere: Sequence[Membership]


@dataclass(frozen=True, slots=True)
class Complete:
    """That nothing is left out: the last record, and how many came before it."""

    record_count: int


Held = Self | Session | ApiKey | Invite | AuditEvent | Row | SiteCredential
Record = Held | Complete


@dataclass(frozen=True, slots=True)
class ExportAccount:
    """The use case, with what it needs."""

    people: People
    own: OwnData
    log: Log
    credentials: Credentials
    inbox: Inbox
    clock: Callable[[], Instant]

    async def __call__(self, actor: Actor) -> AsyncIterator[Record]:
        """Give every record, and the one that says so last; each export is told to the audit."""
        exported = event(actor, "account.export", now=self.clock(), target_id=actor.user_id)
        await self.inbox.add(exported)
        count = 0
        async for record in self._held(actor):
            count += 1
            yield record
        yield Complete(count)

    async def _held(self, actor: Actor) -> AsyncIterator[Held]:
        person = await self._person(actor)
        yield person
        email = person.here.account.email
        async for session in _all(partial(self.own.sessions, actor.user_id)):
            yield session
        async for key in _all(partial(self.own.api_keys, actor.user_id)):
            yield key
        async for sent in _all(partial(self.own.invites_by, actor.user_id)):
            yield sent
        async for invite in _all(partial(self.own.invites_for, email)):
            if invite.inviter_id != actor.user_id:
                yield invite
        places = [one.workspace.workspace_id for one in person.everywhere]
        for credential in await self.credentials.site_credentials(places, email):
            yield credential
        async for done in self._events(actor.user_id):
            yield done

    async def _person(self, actor: Actor) -> Self:
        everywhere = await self.people.memberships(actor.user_id)
        for one in everywhere:
            if one.workspace.workspace_id == actor.workspace_id:
                return Self(one, everywhere)
        raise TokenInvalid("whoever this access token is for is not in its workspace any more")

    async def _events(self, user_id: UserId) -> AsyncIterator[AuditEvent | Row]:
        """Give what the person did: what waits is read first, since it moves on meanwhile."""
        waiting = [one async for one in _all(partial(self.own.waiting_events, user_id))]
        placed, now = set[str](), self.clock()
        last: Row | None = None
        while rows := await self.log.of_actor(user_id, after=last, size=AT_ONCE):
            for row in rows:
                placed.add(row.event.event_id)
                if row.expires > now:
                    yield row
            last = rows[-1]
        for one in waiting:
            if one.event_id not in placed:
                yield one


async def _all(read: Callable[[Page], Awaitable[Rows[T]]]) -> AsyncIterator[T]:
    """Read a list to its end, a page at a time."""
    page: Page | None = Page(AT_ONCE)
    while page is not None:
        found = await read(page)
        for row in found.rows:
            yield row
        page = Page(AT_ONCE, found.next_after) if found.next_after else None
