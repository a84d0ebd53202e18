"""The documents that services share in MongoDB: issues, connections' states, accounts (ADR 0001).

Instants are stored as 64-bit milliseconds. Changes are packed as parallel arrays: a list of
sub-documents would cost twice the time to decode, and snapshots want columns anyway.
"""

from collections.abc import Mapping
from typing import Any, Final

from services.kernel.connection import ConnectionStanding, ConnectionState, Source
from services.kernel.ids import ConnectionId, IssueId, TenantScope, WorkspaceId
from services.kernel.issue import Change, Issue, Tracked
from services.kernel.site_account import SiteAccount
from services.kernel.workflow import Category, Status

Document = dict[str, Any]

ISSUES = "issues"
CONNECTION_STATES = "connection_states"
SITE_ACCOUNTS = "site_accounts"

_PACKED = (
    ("at", "at"),
    ("history", "history_id"),
    ("item", "item_index"),
    ("field", "field"),
    ("from", "from_id"),
    ("from_name", "from_name"),
    ("to", "to_id"),
    ("to_name", "to_name"),
)
_PLAIN = (
    "key",
    "project_id",
    "project_key",
    "type_id",
    "type_name",
    "subtask",
    "hierarchy_level",
    "status_id",
    "status_name",
    "assignee_id",
    "assignee_name",
    "created",
    "updated",
    "resolved",
    "history_count",
    "deleted",
)
# Absent in what was stored before the fields that sites add to issues were read.
_LATER: Final = {"points": None, "flagged": False, "parent_id": None, "epic_key": None}


def issue_key(scope: TenantScope, issue_id: IssueId) -> str:
    """Make an issue's `_id`: two sites may both have an issue 10001."""
    return f"{scope.connection_id}:{issue_id}"


def document_of_issue(issue: Issue, scope: TenantScope) -> Document:
    """Turn an issue into its document, without `seq`, which the writing transaction gives."""
    packed = {
        name: [getattr(change, attribute) for change in issue.changes]
        for name, attribute in _PACKED
    }
    packed["field"] = [change.field.value for change in issue.changes]
    return {
        "_id": issue_key(scope, issue.issue_id),
        "workspace_id": scope.workspace_id,
        "connection_id": scope.connection_id,
        "issue_id": issue.issue_id,
        **{name: getattr(issue, name) for name in (*_PLAIN, *_LATER)},
        "sprint_ids": list(issue.sprint_ids),
        "changes": packed,
    }


def issue_of_document(document: Mapping[str, Any]) -> Issue:
    """Turn a document back into the issue it was made of."""
    packed = document["changes"]
    rows = zip(*(packed[name] for name, _ in _PACKED), strict=True)
    attributes = [attribute for _, attribute in _PACKED]
    changes = tuple(
        Change(**{**dict(zip(attributes, row, strict=True)), "field": Tracked(row[3])})
        for row in rows
    )
    plain = {name: document[name] for name in _PLAIN}
    later = {name: document.get(name, absent) for name, absent in _LATER.items()}
    return Issue(
        issue_id=IssueId(document["issue_id"]),
        changes=changes,
        sprint_ids=tuple(document.get("sprint_ids", ())),
        **plain,
        **later,
    )


def document_of_state(state: ConnectionState) -> Document:
    """Turn a connection's state into its document."""
    return {
        "_id": state.connection_id,
        "workspace_id": state.workspace_id,
        "name": state.name,
        "source": state.source.value,
        "site_url": state.site_url,
        "standing": state.standing.value,
        "revision": state.revision,
        "seq": state.seq,
        "epoch": state.epoch,
        "issue_count": state.issue_count,
        "expected_issue_count": state.expected_issue_count,
        "quarantined_count": state.quarantined_count,
        "held_count": state.held_count,
        "hidden_count": state.hidden_count,
        "complete_until": state.complete_until,
        "written": state.written,
        "fields_settled": state.fields_settled,
        "statuses": documents_of_statuses(state.statuses),
    }


def documents_of_statuses(statuses: Mapping[str, Status]) -> list[Document]:
    """Turn statuses into a list: a status id as a key could hold a dot or a dollar sign."""
    return [
        {"id": status.status_id, "name": status.name, "category": status.category.value}
        for status in statuses.values()
    ]


def state_of_document(document: Mapping[str, Any]) -> ConnectionState:
    """Turn a document back into the connection's state."""
    statuses = {
        row["id"]: Status(row["id"], row["name"], Category.of(row["category"]))
        for row in document["statuses"]
    }
    return ConnectionState(
        connection_id=ConnectionId(document["_id"]),
        workspace_id=WorkspaceId(document["workspace_id"]),
        name=document["name"],
        source=Source(document["source"]),
        site_url=document["site_url"],
        standing=ConnectionStanding(document["standing"]),
        revision=document["revision"],
        seq=document["seq"],
        epoch=document["epoch"],
        issue_count=document["issue_count"],
        expected_issue_count=document["expected_issue_count"],
        # Absent in what was stored before issues were set aside or held, or projects not shown.
        quarantined_count=document.get("quarantined_count", 0),
        held_count=document.get("held_count", 0),
        hidden_count=document.get("hidden_count", 0),
        complete_until=document["complete_until"],
        written=document.get("written", 0),
        fields_settled=document.get("fields_settled", False),
        statuses=statuses,
    )


def account_key(scope: TenantScope, account_id: str) -> str:
    """Make an account's `_id`: one person may be of several connections."""
    return f"{scope.connection_id}:{account_id}"


def document_of_account(account: SiteAccount, scope: TenantScope) -> Document:
    """Turn an account into its document, without `seq`, which the writing transaction gives."""
    return {
        "_id": account_key(scope, account.account_id),
        "workspace_id": scope.workspace_id,
        "connection_id": scope.connection_id,
        "account_id": account.account_id,
        "display_name": account.display_name,
        "active": account.active,
    }


def account_of_document(document: Mapping[str, Any]) -> SiteAccount:
    """Turn a document back into the account."""
    return SiteAccount(document["account_id"], document["display_name"], document["active"])
