"""What an admin tried and was refused stands in the audit too."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Protocol

from services.kernel.audit import AuditEvent
from services.kernel.errors import EmailNotConfirmed, LastOwner, RoleInsufficient, ScopeInsufficient


class Inbox(Protocol):
    """Takes events of what changes nothing."""

    async def add(self, event: AuditEvent) -> None:
        """Keep an event."""


@asynccontextmanager
async def noting_refusals(inbox: Inbox, tried: AuditEvent) -> AsyncIterator[None]:
    """Note what is tried as refused where the rules of roles, or of who invites, refuse it."""
    try:
        yield
    except (EmailNotConfirmed, LastOwner, RoleInsufficient, ScopeInsufficient) as refused:
        details = {**tried.details, "reason": refused.reason}
        await inbox.add(replace(tried, succeeded=False, details=details))
        raise
