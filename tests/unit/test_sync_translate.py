"""What becomes of a site's words: an issue as it should be kept, or Untranslatable, never a crash.

The shapes are those of Jira Cloud's bulk calls (PROTOCOLS.md).
"""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.kernel.ids import IssueId
from services.kernel.issue import Change, Issue, Tracked
from services.kernel.workflow import Category, Status
from services.sync.domain import translate
from services.sync.domain.translate import LATEST, Untranslatable
from tests.unit.sync_words import HISTORIES, RAW, places, without

# What may be absent, and what counts as true or false, whatever it is.
OPTIONAL = {"subtask", "assignee", "accountId", "displayName", "resolutiondate"}
CORE = [place for place in places(RAW) if place[-1] not in OPTIONAL]
CREATED, UPDATED, RESOLVED = 1_759_312_800_123, 1_759_399_200_000, 1_759_399_100_000


def test_an_issue_is_kept_whole() -> None:
    """Every attribute comes from its own place, ids as texts, instants in milliseconds."""
    assert translate.issue(RAW, HISTORIES) == Issue(
        issue_id=IssueId("10001"),
        key="OPS-1",
        project_id="10000",
        project_key="OPS",
        type_id="3",
        type_name="Task",
        subtask=True,
        hierarchy_level=-1,
        status_id="6",
        status_name="Done",
        assignee_id="5b10",
        assignee_name="Ann",
        created=CREATED,
        updated=UPDATED,
        resolved=RESOLVED,
        changes=(
            Change(1_759_312_900_000, 7, 1, Tracked.ASSIGNEE, None, None, "5b10", "Ann"),
            Change(RESOLVED, 8, 0, Tracked.STATUS, "1", "To Do", "6", "Done"),
            Change(RESOLVED, 8, 1, Tracked.RESOLUTION, None, None, "10000", "Fixed"),
        ),
        history_count=2,
    )


def test_what_may_be_absent_may_be_absent() -> None:
    """An issue of nobody's, unresolved, of a type without a level, without any history."""
    fields = {**RAW["fields"], "issuetype": {"id": 3, "name": "Task"}}
    for absent in ("assignee", "resolutiondate"):
        del fields[absent]
    found = translate.issue({**RAW, "fields": fields}, [])
    assert (found.assignee_id, found.assignee_name, found.resolved) == (None, None, None)
    assert (found.subtask, found.hierarchy_level, found.type_id) == (False, 0, "3")
    assert (found.changes, found.history_count) == ((), 0)


@pytest.mark.parametrize(
    ("said", "instant"),
    [
        (1_759_312_800_123, CREATED),
        ("2025-10-01T10:00:00.123+0000", CREATED),
        ("2025-10-01T10:00:00.123Z", CREATED),
        ("2025-10-01T12:00:00.123+0200", CREATED),
        ("2025-10-01T06:00:00.123-04:00", CREATED),
        ("2025-10-01T10:00:00.123999+0000", CREATED),
        ("1970-01-01T00:00:00Z", 0),
        (0, 0),
        (LATEST, LATEST),
    ],
)
def test_an_instant_is_read_as_it_is_written(said: str | int, instant: int) -> None:
    """Epoch milliseconds or ISO 8601, in any zone; what is finer than a millisecond is cut."""
    assert translate.instant(said) == instant


@pytest.mark.parametrize(
    "said",
    [
        "",
        "yesterday",
        "2025-10-01T10:00:00",
        "2025-10-01",
        "1969-12-31T23:59:59Z",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        -1,
        LATEST + 1,
        10**30,
        True,
    ],
)
def test_what_is_no_instant_is_refused(said: object) -> None:
    """Without a zone it could be any of two days; before 1970 and after 9999 it is a mistake."""
    with pytest.raises(Untranslatable):
        translate.issue({**RAW, "fields": {**RAW["fields"], "created": said}}, [])


def test_rows_in_any_order_and_twice_are_one_history() -> None:
    """Changes are in the order (instant, row, item); a row on two pages counts once."""
    shuffled = [*reversed(HISTORIES), HISTORIES[0]]
    assert translate.issue(RAW, shuffled) == translate.issue(RAW, HISTORIES)


@pytest.mark.parametrize(
    ("item", "field"),
    [
        ({"field": "status", "fieldId": "status"}, Tracked.STATUS),
        ({"field": "Status", "fieldId": "status"}, Tracked.STATUS),
        ({"field": "status"}, Tracked.STATUS),
        ({"field": "status", "fieldId": None}, Tracked.STATUS),
        ({"field": "Key"}, Tracked.KEY),
        ({"field": "Key", "fieldId": "issuekey"}, Tracked.KEY),
        ({"field": "summary", "fieldId": "summary"}, None),
        ({"field": "Status of the moon", "fieldId": "customfield_10001"}, None),
        ({"field": "status", "fieldId": "customfield_10001"}, None),
        ({"field": "status", "fieldtype": "custom"}, None),
        ({"field": "Sprint", "fieldId": "customfield_10001", "fieldtype": "custom"}, None),
        ({"field": "IssueParentAssociation", "fieldtype": "jira"}, Tracked.PARENT),
    ],
)
def test_fields_are_known_by_id_and_else_by_name(
    item: dict[str, Any], field: Tracked | None
) -> None:
    """A field's id does not change with a person's language; some changes have none."""
    found = translate.changes([{"id": "1", "created": 5, "items": [item]}])
    assert [change.field for change in found] == ([field] if field else [])


def test_a_history_of_nothing_kept_is_counted() -> None:
    """Rows that change only what is not kept leave no change, and count as rows."""
    rows = [{"id": "1", "created": 5, "items": [{"field": "summary"}]}]
    found = translate.issue(RAW, rows)
    assert (found.changes, found.history_count) == ((), 1)


def test_half_a_surrogate_pair_becomes_a_question_mark() -> None:
    """JSON may hold it, UTF-8 and the database may not; the issue is kept."""
    found = translate.issue({**RAW, "key": "OPS-\ud83d"}, [])
    assert found.key == "OPS-?"


@pytest.mark.parametrize("place", CORE, ids="/".join)
@pytest.mark.parametrize("value", [None, [], {}, True, 1.5], ids=repr)
def test_what_must_be_there_is_never_made_up(place: tuple[str, ...], value: object) -> None:
    """An issue whose core is null or of another kind is left out: it has no id called "None"."""
    with pytest.raises(Untranslatable):
        translate.issue(without(RAW, {place: lambda: value}), [])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just("\ud800"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def spoilt(whole: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Take any part of an answer away, or put any other JSON in its place."""
    gone = st.none()
    other = JSON.map(lambda value: lambda: value)
    spoiling: st.SearchStrategy[Callable[[], Any] | None] = gone | other
    chosen = st.dictionaries(st.sampled_from(places(whole)), spoiling, max_size=6)
    return chosen.map(lambda changed: without(whole, changed))


@settings(deadline=None, max_examples=300)
@given(spoilt(RAW), st.lists(st.sampled_from(HISTORIES).flatmap(spoilt), max_size=3))
def test_any_answer_is_an_issue_or_untranslatable(
    raw: dict[str, Any], histories: list[dict[str, Any]]
) -> None:
    """Whatever is missing, null or of another kind, a run goes on: nothing else is raised."""
    try:
        issue = translate.issue(raw, histories)
    except Untranslatable:
        return
    texts = (issue.issue_id, issue.key, issue.project_id, issue.type_id, issue.status_id)
    assert all(type(text) is str for text in texts)
    assert all(text.encode() for text in (*texts, issue.assignee_name or "-") if text)
    instants = [issue.created, issue.updated, *(change.at for change in issue.changes)]
    assert all(type(at) is int and 0 <= at <= LATEST for at in instants)


def test_statuses_by_id_with_their_categories() -> None:
    """A category is known by its key; one that is unknown or absent counts as in progress."""
    rows: list[dict[str, Any]] = [
        {"id": 1, "name": "To Do", "statusCategory": {"key": "new", "name": "Erledigt"}},
        {"id": "a.b$", "name": "Offen", "statusCategory": {"key": "undefined"}},
        {"id": "3", "name": "Odd", "statusCategory": None},
    ]
    assert translate.statuses(rows) == {
        "1": Status("1", "To Do", Category.NEW),
        "a.b$": Status("a.b$", "Offen", Category.INDETERMINATE),
        "3": Status("3", "Odd", Category.INDETERMINATE),
    }


@settings(deadline=None, max_examples=300)
@given(st.lists(spoilt({"id": "1", "name": "To Do", "statusCategory": {"key": "new"}})))
def test_any_statuses_are_statuses_or_untranslatable(rows: list[dict[str, Any]]) -> None:
    """The list of statuses may hold anything, too."""
    try:
        found = translate.statuses(rows)
    except Untranslatable:
        return
    assert all(status.status_id == status_id for status_id, status in found.items())
