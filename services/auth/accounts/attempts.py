"""The step before and after each try of a password: who fails often has to wait."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from services.auth.audit.refusals import Inbox
from services.auth.domain.account import Account
from services.auth.domain.backoff import NONE, Failures, attempts_key, wait_seconds
from services.auth.domain.email import Email
from services.kernel.audit import Action, Actor, AuditEvent, event
from services.kernel.errors import CredentialsInvalid, TooManyAttempts
from services.kernel.ids import Instant, UserId, WorkspaceId
from services.kernel.origin import Origin

NOBODY, NOWHERE = UserId(""), WorkspaceId("")


class Counts(Protocol):
    """Counts failed attempts by key."""

    async def failures(self, key: str) -> Failures:
        """Tell what failed."""

    async def add(self, key: str, event: AuditEvent, *, now: Instant) -> Failures:
        """Count a failure and note its event; gives what had failed before it."""

    async def forget(self, key: str) -> None:
        """Forget what failed."""


@dataclass(frozen=True, slots=True)
class Try:
    """A try of a password: at which address of mail, from where, of which account if any.

    `action` is what the audit calls it where it is refused.
    """

    email: Email
    origin: Origin
    account: Account | None
    action: Action

    @property
    def key(self) -> str:
        """Name what its failures are counted under."""
        return attempts_key(self.email, self.origin.address_prefix)

    def refused(self, reason: str, *, now: Instant) -> AuditEvent:
        """Make the event of its refusal; without an account it is in no workspace."""
        user_id = self.account.user_id if self.account else NOBODY
        workspace_id = self.account.workspace_id if self.account else NOWHERE
        actor = Actor(user_id, workspace_id, origin=self.origin)
        return event(actor, self.action, now=now, target_id=user_id, succeeded=False, reason=reason)


@dataclass(frozen=True, slots=True)
class Attempts:
    """Holds back who guesses, by the address of mail and the network they come from."""

    counts: Counts
    inbox: Inbox
    clock: Callable[[], Instant]

    async def begin(self, one: Try) -> None:
        """Let a try begin; TooManyAttempts where it has to wait."""
        await self._check(one, await self.counts.failures(one.key))

    async def failed(self, one: Try) -> None:
        """Count a try that failed; TooManyAttempts where others failed while it was made."""
        now = self.clock()
        refused = one.refused(CredentialsInvalid.reason, now=now)
        failures = await self.counts.add(one.key, refused, now=now)
        if seconds := wait_seconds(failures, now=self.clock()):
            raise TooManyAttempts(seconds)

    async def succeeded(self, one: Try) -> None:
        """Forget what failed before a try that did not.

        TooManyAttempts where others failed while it was made: of many guesses made at once none
        may learn more than of as many made one after the other.
        """
        failures = await self.counts.failures(one.key)
        await self._check(one, failures)
        if failures != NONE:
            await self.counts.forget(one.key)

    async def forgive(self, email: Email, origin: Origin) -> None:
        """Forget what failed: who may try again proved who they are by other means."""
        await self.counts.forget(attempts_key(email, origin.address_prefix))

    async def _check(self, one: Try, failures: Failures) -> None:
        now = self.clock()
        if seconds := wait_seconds(failures, now=now):
            await self.inbox.refuse(one.refused(TooManyAttempts.reason, now=now))
            raise TooManyAttempts(seconds)
