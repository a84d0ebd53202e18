"""What is handed out to a person about themselves, packed into the contract's messages."""

from collections.abc import Callable
from typing import Any

from jira_analytics.auth.v1 import auth_pb2 as pb
from services.auth.accounts.export_account import Complete, Record, Self
from services.auth.answers.api_keys import api_key_message
from services.auth.answers.audit import event_message
from services.auth.answers.invites import invite_message
from services.auth.answers.sessions import session_message
from services.auth.answers.tokens import me_message
from services.auth.domain.api_key import ApiKey
from services.auth.domain.audit_chain import Row
from services.auth.domain.invite import Invite
from services.auth.domain.session import Session
from services.auth.domain.site_credential import SiteCredential
from services.kernel.audit import AuditEvent


def record_message(record: Record, *, current: str) -> pb.AccountRecord:
    """Pack a record; `current` is the id of the caller's session."""
    if isinstance(record, Session):
        return pb.AccountRecord(session=session_message(record, current=current))
    name, pack = _PACKED[type(record)]
    return pb.AccountRecord(**{name: pack(record)})


def _credential_message(one: SiteCredential) -> pb.AccountRecord.SiteCredential:
    return pb.AccountRecord.SiteCredential(
        workspace_id=one.workspace_id,
        connection_id=one.connection_id,
        connection_name=one.connection_name,
        site_url=one.site_url,
        email=one.email,
    )


def _unplaced(event: AuditEvent) -> Row:
    """Show an event that has no place in the audit yet: sequences begin at 1."""
    return Row(0, "", event, previous_hash="", hash="", expires=0)


def _complete_message(one: Complete) -> pb.AccountRecord.Complete:
    return pb.AccountRecord.Complete(record_count=one.record_count)


# The field of each kind of record, and what packs it.
_PACKED: dict[type, tuple[str, Callable[[Any], Any]]] = {
    Self: ("account", lambda one: me_message(one.here, one.everywhere)),
    ApiKey: ("api_key", api_key_message),
    Invite: ("invite", invite_message),
    SiteCredential: ("site_credential", _credential_message),
    Row: ("audit_event", event_message),
    AuditEvent: ("audit_event", lambda one: event_message(_unplaced(one))),
    Complete: ("complete", _complete_message),
}
