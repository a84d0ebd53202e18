"""The shared documents: what goes in comes out, and MongoDB would take it."""

from dataclasses import fields
from typing import Any

import bson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.kernel.connection import ConnectionStanding, ConnectionState, Source
from services.kernel.documents import (
    document_of_issue,
    document_of_state,
    documents_of_statuses,
    issue_key,
    issue_of_document,
    state_of_document,
)
from services.kernel.ids import ConnectionId, IssueId, TenantScope, WorkspaceId
from services.kernel.issue import Change, Issue, Tracked
from services.kernel.workflow import Category, Status

SCOPE = TenantScope(WorkspaceId("wsp_1"), ConnectionId("con_1"))
ISSUE = Issue(
    issue_id=IssueId("10001"),
    key="OPS-1",
    project_id="10000",
    project_key="OPS",
    type_id="3",
    type_name="Task",
    subtask=False,
    hierarchy_level=0,
    status_id="6",
    status_name="Done",
    assignee_id=None,
    assignee_name=None,
    created=1,
    updated=3,
    resolved=2,
    changes=(Change(2, 7, 0, Tracked.STATUS, "1", "To Do", "6", "Done"),),
    history_count=1,
)
STATE = ConnectionState(
    connection_id=SCOPE.connection_id,
    workspace_id=SCOPE.workspace_id,
    name="site",
    source=Source.JIRA_CLOUD,
    site_url="https://acme.atlassian.net",
    standing=ConnectionStanding.NEW,
)
# Ids are the site's own: nothing keeps them from holding what is special in MongoDB's queries.
texts = st.text() | st.sampled_from(["a.b", "$set", "$", ".", "", "\x00", "__proto__", "_id"])
numbers = st.integers(-(2**53), 2**53)
instants = st.integers(0, 253_402_300_799_999)
statuses = st.builds(Status, status_id=texts, name=texts, category=st.sampled_from(Category))
changes = st.builds(
    Change,
    at=instants,
    history_id=numbers,
    item_index=st.integers(0, 1000),
    field=st.sampled_from(Tracked),
    from_id=st.none() | texts,
    from_name=st.none() | texts,
    to_id=st.none() | texts,
    to_name=st.none() | texts,
)
issues = st.builds(
    Issue,
    issue_id=texts.map(IssueId),
    key=texts,
    project_id=texts,
    project_key=texts,
    type_id=texts,
    type_name=texts,
    subtask=st.booleans(),
    hierarchy_level=numbers,
    status_id=texts,
    status_name=texts,
    assignee_id=st.none() | texts,
    assignee_name=st.none() | texts,
    created=instants,
    updated=instants,
    resolved=st.none() | instants,
    changes=st.lists(changes, max_size=5).map(tuple),
    history_count=st.integers(0, 10_000),
    deleted=st.none() | instants,
    points=st.none() | st.floats(-1e6, 1e6),
    sprint_ids=st.lists(texts, max_size=3).map(tuple),
    flagged=st.booleans(),
    parent_id=st.none() | texts,
    epic_key=st.none() | texts,
)
states = st.builds(
    ConnectionState,
    connection_id=texts.map(ConnectionId),
    workspace_id=texts.map(WorkspaceId),
    name=texts,
    source=st.sampled_from(Source),
    site_url=texts,
    standing=st.sampled_from(ConnectionStanding),
    revision=numbers,
    seq=numbers,
    epoch=numbers,
    issue_count=numbers,
    expected_issue_count=st.none() | numbers,
    complete_until=st.none() | instants,
    written=instants,
    fields_settled=st.booleans(),
    statuses=st.lists(statuses, max_size=4).map(
        lambda rows: {status.status_id: status for status in rows}
    ),
)


def stored(document: dict[str, Any]) -> dict[str, Any]:
    """Send a document to the database and back, as far as its form goes."""
    return bson.decode(bson.encode(document))


def keys(value: object) -> list[str]:
    """List the keys at every depth."""
    if isinstance(value, dict):
        return [*value, *(key for inner in value.values() for key in keys(inner))]
    if isinstance(value, list):
        return [key for inner in value for key in keys(inner)]
    return []


@settings(deadline=None)
@given(issues)
def test_an_issue_comes_back_as_it_was(issue: Issue) -> None:
    """Also through BSON, whatever its texts hold; nothing of a site's ever becomes a key."""
    document = document_of_issue(issue, SCOPE)
    assert issue_of_document(stored(document)) == issue
    assert not [key for key in keys(document) if "$" in key or "." in key]


@settings(deadline=None)
@given(states)
def test_a_state_comes_back_as_it_was(state: ConnectionState) -> None:
    """With its statuses, whose ids may hold dots and dollar signs: they are values, not keys."""
    document = document_of_state(state)
    assert state_of_document(stored(document)) == state
    assert not [key for key in keys(document) if "$" in key or "." in key]


def test_every_attribute_is_stored() -> None:
    """An attribute that is added to an issue or a state is added to its document."""
    names = {field.name for field in fields(Issue)}
    own = {"_id", "workspace_id", "connection_id"}
    assert document_of_issue(ISSUE, SCOPE).keys() == names | own
    names = {field.name for field in fields(ConnectionState)}
    assert document_of_state(STATE).keys() == (names - {"connection_id"}) | {"_id"}


def test_what_was_stored_before_sites_own_fields_were_read_is_read() -> None:
    """An older issue has none of them, and an older connection's are not settled."""
    document = document_of_issue(ISSUE, SCOPE)
    for name in ("points", "sprint_ids", "flagged", "parent_id", "epic_key"):
        del document[name]
    assert issue_of_document(document) == ISSUE
    state = document_of_state(STATE)
    del state["fields_settled"], state["written"]
    assert not state_of_document(state).fields_settled
    assert state_of_document(state).written == 0


def test_two_sites_may_have_the_same_issue() -> None:
    """An issue's `_id` is its connection's, too; it is the same every time."""
    other = TenantScope(SCOPE.workspace_id, ConnectionId("con_2"))
    assert issue_key(SCOPE, IssueId("10001")) == "con_1:10001"
    assert issue_key(other, IssueId("10001")) == "con_2:10001"


def test_statuses_are_a_list() -> None:
    """A status id as a key could hold a dot or a dollar sign."""
    found = documents_of_statuses({"a.b": Status("a.b", "$set", Category.DONE)})
    assert found == [{"id": "a.b", "name": "$set", "category": "done"}]


def test_a_category_from_a_later_version_is_no_error() -> None:
    """Readers and writers are not updated at once: what is not known counts as in progress."""
    document = document_of_state(STATE)
    document["statuses"] = [{"id": "1", "name": "Later", "category": "later"}]
    assert state_of_document(document).statuses["1"].category is Category.INDETERMINATE


def test_changes_that_lost_a_column_are_not_guessed() -> None:
    """Columns of different lengths are no history: the error is loud."""
    document = document_of_issue(ISSUE, SCOPE)
    document["changes"]["to"] = []
    with pytest.raises(ValueError, match="zip"):
        issue_of_document(document)
