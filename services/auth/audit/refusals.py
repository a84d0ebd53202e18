"""What was tried and refused stands in the audit too."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Final, Protocol

from services.kernel.audit import AuditEvent
from services.kernel.errors import (
    EmailNotConfirmed,
    LastOwner,
    ProductError,
    RoleInsufficient,
    ScopeInsufficient,
)

BY_RULES: Final = (EmailNotConfirmed, LastOwner, RoleInsufficient, ScopeInsufficient)


class Inbox(Protocol):
    """Takes events of what was refused."""

    async def refuse(self, event: AuditEvent) -> None:
        """Count something that was refused."""


@asynccontextmanager
async def noting_refusals(
    inbox: Inbox, tried: AuditEvent, *, of: tuple[type[ProductError], ...] = BY_RULES
) -> AsyncIterator[None]:
    """Note what is tried as refused where it is: unless told, by who may give what to whom."""
    try:
        yield
    except of as refused:
        details = {**tried.details, "reason": refused.reason}
        await inbox.refuse(replace(tried, succeeded=False, details=details))
        raise
