"""What services share in the database comes back as it was put in, whatever it holds."""

from typing import Any

from bson import decode, encode
from hypothesis import given
from hypothesis import strategies as st

from services.kernel.connection import ConnectionStanding, ConnectionState, Source
from services.kernel.documents import (
    document_of_issue,
    document_of_state,
    issue_key,
    issue_of_document,
    state_of_document,
)
from services.kernel.ids import ConnectionId, IssueId, TenantScope, WorkspaceId
from services.kernel.issue import Change, Issue, Tracked
from services.kernel.workflow import Category, Status
from services.sync.store.issues import content_hash

TEXTS = st.text(max_size=20)
MAYBE = st.none() | TEXTS
INSTANTS = st.integers(0, 253_402_300_799_999)
NUMBERS = st.integers(-(2**53), 2**53)
SCOPE = TenantScope(WorkspaceId("wsp_1"), ConnectionId("con_1"))
CHANGES = st.builds(
    Change,
    at=INSTANTS,
    history_id=NUMBERS,
    item_index=st.integers(0, 1000),
    field=st.sampled_from(Tracked),
    from_id=MAYBE,
    from_name=MAYBE,
    to_id=MAYBE,
    to_name=MAYBE,
)
ISSUES = st.builds(
    Issue,
    issue_id=TEXTS.map(IssueId),
    key=TEXTS,
    project_id=TEXTS,
    project_key=TEXTS,
    type_id=TEXTS,
    type_name=TEXTS,
    subtask=st.booleans(),
    hierarchy_level=st.integers(-1, 10),
    status_id=TEXTS,
    status_name=TEXTS,
    assignee_id=MAYBE,
    assignee_name=MAYBE,
    created=INSTANTS,
    updated=INSTANTS,
    resolved=st.none() | INSTANTS,
    changes=st.lists(CHANGES, max_size=6).map(tuple),
    history_count=st.integers(0, 10_000),
    deleted=st.none() | INSTANTS,
)
STATUSES = st.lists(
    st.builds(Status, status_id=TEXTS, name=TEXTS, category=st.sampled_from(Category))
).map(lambda found: {status.status_id: status for status in found})
STATES = st.builds(
    ConnectionState,
    connection_id=TEXTS.map(ConnectionId),
    workspace_id=TEXTS.map(WorkspaceId),
    name=TEXTS,
    source=st.sampled_from(Source),
    site_url=TEXTS,
    standing=st.sampled_from(ConnectionStanding),
    revision=INSTANTS,
    seq=INSTANTS,
    epoch=INSTANTS,
    issue_count=INSTANTS,
    expected_issue_count=st.none() | INSTANTS,
    complete_until=st.none() | INSTANTS,
    statuses=STATUSES,
)


def stored(document: dict[str, Any]) -> dict[str, Any]:
    """Take a document to the database's own form and back."""
    return dict(decode(encode(document)))


@given(ISSUES)
def test_an_issue_comes_back_as_it_was(issue: Issue) -> None:
    """Every field and every change, in their order, through the database's own form."""
    document = document_of_issue(issue, SCOPE)
    assert issue_of_document(stored(document)) == issue
    assert document["_id"] == f"con_1:{issue.issue_id}"
    assert (document["workspace_id"], document["connection_id"]) == ("wsp_1", "con_1")


@given(STATES)
def test_a_connections_state_comes_back_as_it_was(state: ConnectionState) -> None:
    """Also where a status id holds a dot or a dollar sign."""
    assert state_of_document(stored(document_of_state(state))) == state


@given(ISSUES, ISSUES)
def test_the_content_hash_tells_issues_apart(one: Issue, other: Issue) -> None:
    """The same content has the same hash, after it was stored as well; other content another."""
    first, second = document_of_issue(one, SCOPE), document_of_issue(other, SCOPE)
    assert content_hash(first) == content_hash(stored(first))
    assert (content_hash(first) == content_hash(second)) == (one == other)


def test_two_sites_may_both_have_an_issue_10001() -> None:
    """An issue's key in the database names its connection."""
    other = TenantScope(SCOPE.workspace_id, ConnectionId("con_2"))
    assert issue_key(SCOPE, IssueId("10001")) != issue_key(other, IssueId("10001"))
