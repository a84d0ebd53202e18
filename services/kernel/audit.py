"""Events of a workspace's audit: who did what, to what, from where, and how it ended."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from services.kernel.ids import Instant, UserId, WorkspaceId, fresh
from services.kernel.origin import NOWHERE, Origin
from services.kernel.revocation import Stamp


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something in a workspace: a person by their session, or a machine by its key.

    `user_id` and `session_id` of a machine are its key's id. `stamps`: what their token rests on,
    by which it is held against what is true now before it changes anything.
    """

    user_id: UserId
    workspace_id: WorkspaceId
    session_id: str = ""
    origin: Origin = NOWHERE
    stamps: tuple[Stamp, ...] = ()

    @property
    def is_machine(self) -> bool:
        """Whether it is a machine."""
        return self.user_id == self.session_id


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """Something that was done or tried, before it has its place in the audit.

    Everything in it is kept for years: ids and no names, no address of mail, no secret.
    """

    event_id: str
    workspace_id: WorkspaceId
    occurred: Instant
    action: str
    actor_id: str
    target_id: str = ""
    succeeded: bool = True
    address_prefix: str = ""
    trace_id: str = ""
    details: Mapping[str, str] = field(default_factory=dict)


def event(
    actor: Actor,
    action: str,
    *,
    now: Instant,
    target_id: str = "",
    succeeded: bool = True,
    **details: str,
) -> AuditEvent:
    """Make an event of what an actor does, such as "member.update", in their workspace."""
    return AuditEvent(
        event_id=fresh("evt"),
        workspace_id=actor.workspace_id,
        occurred=now,
        action=action,
        actor_id=actor.user_id,
        target_id=target_id,
        succeeded=succeeded,
        address_prefix=actor.origin.address_prefix,
        trace_id=actor.origin.trace_id,
        details=details,
    )


def document_of_event(event: AuditEvent) -> dict[str, Any]:
    """Turn an event into its document."""
    return {
        "_id": event.event_id,
        "workspace_id": event.workspace_id,
        "occurred": event.occurred,
        "action": event.action,
        "actor_id": event.actor_id,
        "target_id": event.target_id,
        "succeeded": event.succeeded,
        "address_prefix": event.address_prefix,
        "trace_id": event.trace_id,
        "details": [[name, text] for name, text in sorted(event.details.items())],
    }


def event_of_document(document: Mapping[str, Any]) -> AuditEvent:
    """Turn a document back into the event it was made of."""
    return AuditEvent(
        event_id=document["_id"],
        workspace_id=WorkspaceId(document["workspace_id"]),
        occurred=document["occurred"],
        action=document["action"],
        actor_id=document["actor_id"],
        target_id=document["target_id"],
        succeeded=document["succeeded"],
        address_prefix=document["address_prefix"],
        trace_id=document["trace_id"],
        details=dict(document["details"]),
    )
