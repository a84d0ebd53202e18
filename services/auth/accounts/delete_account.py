"""Deleting one's account: all sessions end now; after 14 days it is erased."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from services.auth.audit.refusals import Inbox, noting_refusals
from services.auth.domain.deletion import Deletion, Leaving, deletion_of
from services.auth.sessions.telling import Tell
from services.kernel.audit import Actor, event
from services.kernel.ids import Instant


class Deletions(Protocol):
    """Keeps what is deleted."""

    async def delete(self, actor: Actor, decide: Callable[[Leaving], Deletion]) -> Deletion:
        """Delete the actor's account as is decided, by what it would leave behind then."""


@dataclass(frozen=True, slots=True)
class DeleteAccount:
    """The use case, with what it needs."""

    deletions: Deletions
    inbox: Inbox
    clock: Callable[[], Instant]
    tell: Tell

    async def __call__(self, actor: Actor) -> None:
        """Delete the actor's account; LastOwner where others would be left without an owner."""
        now = self.clock()
        decide = partial(deletion_of, actor=actor, now=now)
        tried = event(actor, "account.delete", now=now, target_id=actor.user_id)
        async with noting_refusals(self.inbox, tried):
            deletion = await self.deletions.delete(actor, decide)
        await self.tell(deletion.revocation)
