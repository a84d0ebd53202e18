"""Making a key for a machine: its secret is shown once and kept nowhere."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from services.auth.audit.refusals import Inbox, noting_refusals
from services.auth.domain.api_key import (
    SECRET_BYTES,
    ApiKey,
    Wanted,
    check_room,
    check_wanted,
    made_of,
    secret_of,
)
from services.auth.domain.roster import Giver, check_giver
from services.kernel.audit import Actor, AuditEvent, event
from services.kernel.ids import Instant, fresh
from services.kernel.membership import Scope


class Keys(Protocol):
    """Keeps API keys."""

    async def add(
        self,
        actor: Actor,
        key: ApiKey,
        check: Callable[[Giver | None, int], None],
        event: AuditEvent,
    ) -> None:
        """Keep a key, if `check` lets whoever makes it beside so many as there are; TokenStale."""


@dataclass(frozen=True, slots=True)
class CreateApiKey:
    """The use case, with what it needs."""

    keys: Keys
    inbox: Inbox
    clock: Callable[[], Instant]

    async def __call__(
        self, actor: Actor, own: frozenset[Scope] | None, wanted: Wanted
    ) -> tuple[ApiKey, str]:
        """Give a key and its secret.

        InvalidField, RoleInsufficient, ScopeInsufficient, LimitReached.

        `own` are the scopes of a machine that asks: it gives none that it does not have. A token
        may still say the role that was taken from its bearer a moment ago, and a key outlives it.
        """
        now = self.clock()
        key_id = fresh("key")
        secret = secret_of(key_id, secrets.token_bytes(SECRET_BYTES))
        key = made_of(wanted, actor, key_id=key_id, secret=secret, now=now)
        scopes = " ".join(sorted(key.scopes))
        made = event(actor, "api_key.create", now=now, target_id=key_id, scopes=scopes)
        async with noting_refusals(self.inbox, made):
            check_wanted(wanted, own, now=now)
            await self.keys.add(actor, key, check_maker, made)
        return key, secret


def check_maker(giver: Giver | None, kept: int) -> None:
    """Refuse who may make no key, as they are now, or none more; RoleInsufficient, LimitReached."""
    check_giver(giver)
    check_room(kept)
