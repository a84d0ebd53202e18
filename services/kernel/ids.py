"""Identifiers, each of a type of its own, so that one cannot be handed over for another."""

import secrets
from dataclasses import dataclass
from typing import NewType

WorkspaceId = NewType("WorkspaceId", str)
UserId = NewType("UserId", str)
ConnectionId = NewType("ConnectionId", str)
JobId = NewType("JobId", str)
IssueId = NewType("IssueId", str)

# Instants are UTC, in whole milliseconds since 1970; they are rounded only when shown.
Instant = int


@dataclass(frozen=True, slots=True)
class TenantScope:
    """The one connection of one workspace that a store may touch in a call."""

    workspace_id: WorkspaceId
    connection_id: ConnectionId


def fresh(prefix: str) -> str:
    """Make an id such as "con_3k9f…": 120 random bits, safe in addresses and file names."""
    return f"{prefix}_{secrets.token_hex(15)}"
