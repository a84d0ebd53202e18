"""The step before and after each try of a password: who fails often has to wait."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from services.auth.domain.account import Account
from services.auth.domain.backoff import NONE, Failures, attempts_key, wait_seconds
from services.auth.domain.email import Email
from services.kernel.audit import Actor, AuditEvent, event
from services.kernel.errors import TooManyAttempts
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
class Attempts:
    """Holds back who guesses, by the address of mail and the network they come from."""

    counts: Counts
    clock: Callable[[], Instant]

    async def begin(self, email: Email, origin: Origin) -> None:
        """Let a try begin; TooManyAttempts where it has to wait."""
        failures = await self.counts.failures(attempts_key(email, origin.address_prefix))
        self._check(failures)

    async def failed(
        self, email: Email, origin: Origin, account: Account | None, action: str
    ) -> None:
        """Count a try that failed; TooManyAttempts where others failed while it was made."""
        now = self.clock()
        actor = (
            Actor(account.user_id, account.workspace_id, origin=origin)
            if account
            else Actor(NOBODY, NOWHERE, origin=origin)
        )
        refused = event(actor, action, now=now, target_id=actor.user_id, succeeded=False)
        key = attempts_key(email, origin.address_prefix)
        self._check(await self.counts.add(key, refused, now=now))

    async def succeeded(self, email: Email, origin: Origin) -> None:
        """Forget what failed before a try that did not.

        TooManyAttempts where others failed while it was made: of many guesses made at once none
        may learn more than of as many made one after the other.
        """
        key = attempts_key(email, origin.address_prefix)
        failures = await self.counts.failures(key)
        self._check(failures)
        if failures != NONE:
            await self.counts.forget(key)

    async def forgive(self, email: Email, origin: Origin) -> None:
        """Forget what failed: who may try again proved who they are by other means."""
        await self.counts.forget(attempts_key(email, origin.address_prefix))

    def _check(self, failures: Failures) -> None:
        if seconds := wait_seconds(failures, now=self.clock()):
            raise TooManyAttempts(seconds)
