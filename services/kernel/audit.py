"""Events of a workspace's audit: who did what, to what, from where, and how it ended."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from services.kernel.ids import Instant, UserId, WorkspaceId, fresh
from services.kernel.origin import NOWHERE, Origin
from services.kernel.revocation import Stamp

# What the audit calls what is done or refused; docs/audit.md says when each is there.
Action = Literal[
    "account.create",
    "account.delete",
    "account.disable",
    "account.enable",
    "account.erase",
    "account.export",
    "account.restore",
    "account.update",
    "account.verify",
    "account.verify_request",
    "api_key.create",
    "api_key.exchange",
    "api_key.revoke",
    "call.refuse",
    "connection.create",
    "connection.delete",
    "connection.rotate_webhook_secret",
    "connection.update",
    "dead_letter.replay",
    "invite.accept",
    "invite.create",
    "invite.revoke",
    "key.reencrypt",
    "key.rotate",
    "mail.show",
    "member.add",
    "member.leave",
    "member.remove",
    "member.update",
    "password.change",
    "password.reset",
    "password.reset_request",
    "service_token.issue",
    "session.begin",
    "session.end",
    "session.end_all",
    "session.refresh",
    "session.refuse",
    "session.reuse",
    "session.switch",
    "workspace.tier",
    "workspace.update",
]
# What belongs to no workspace has an audit of its own, for operators.
OPERATORS: Final = WorkspaceId("operators")
# Refusals that are alike are one event for so long.
TOGETHER_MILLISECONDS: Final = 60_000
# How much the clocks of two processes may differ before refusals are left uncounted.
LATE_MILLISECONDS: Final = 5_000


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
    action: Action,
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


@dataclass(frozen=True, slots=True)
class Together:
    """Under what refusals are counted in one event; it is given its place when it is `due`."""

    event_id: str
    due: Instant


def together(refused: AuditEvent) -> Together:
    """Tell which refusals are one: alike in all but their traces, from one network, in a minute.

    Whoever is refused again and again adds to a count, and not to what is kept for years.
    """
    minute = refused.occurred // TOGETHER_MILLISECONDS
    alike = document_of_event(refused) | {"_id": minute, "occurred": "", "trace_id": ""}
    digest = hashlib.sha256(json.dumps(alike, sort_keys=True).encode()).hexdigest()
    ends = (minute + 1) * TOGETHER_MILLISECONDS
    return Together(f"evt_{digest[:32]}", ends + LATE_MILLISECONDS)


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
    """Turn a document back into the event it was made of; "times" are those of a refusal."""
    times = document.get("times", 1)
    counted = {"times": str(times)} if times > 1 else {}
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
        details={**dict(document["details"]), **counted},
    )
