"""Whatever a site sends of an issue, it is kept or set aside, and the others of its page are kept.

Every part may be missing, null, of another kind, huge or unknown.
"""

import asyncio
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import bson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.kernel.documents import document_of_issue, issue_of_document
from services.kernel.ids import ConnectionId, IssueId, TenantScope, WorkspaceId
from services.kernel.sync_job import JobState
from services.sync.domain import translate
from services.sync.domain.fields import FieldSet
from services.sync.domain.translate import LARGEST_HISTORY, LONGEST_TEXT, Untranslatable
from services.sync.reading import translated
from tests.unit.sync_collecting import Bench, HandMadeSite, raw
from tests.unit.sync_words import HISTORIES, RAW, places, without

SCOPE = TenantScope(WorkspaceId("wsp_1"), ConnectionId("con_1"))
KNOWN = FieldSet(
    team_points=("customfield_3",),
    board_points=("customfield_4",),
    sprints=("customfield_1",),
    flags=("customfield_5", "customfield_6"),
    epics=("customfield_2",),
)
WHOLE: dict[str, Any] = {
    **RAW,
    "fields": {
        **RAW["fields"],
        "parent": {"id": "10099", "key": "OPS-7"},
        "customfield_1": [{"id": 12, "name": "Sprint 12"}],
        "customfield_2": "OPS-7",
        "customfield_3": 3,
        "customfield_4": 5.5,
        "customfield_5": [{"id": "1", "value": "Impediment"}],
        "customfield_6": [{"id": "2", "value": "Blue"}],
    },
}
ROWS: list[dict[str, Any]] = [
    *HISTORIES,
    {
        "id": "9",
        "created": 1_759_399_000_000,
        "items": [
            {"field": "Estimate", "fieldId": "customfield_3", "fieldtype": "custom", "to": None},
            {"field": "Sprint", "fieldId": "customfield_1", "from": "", "to": "12, 14"},
            {"field": "Flag", "fieldId": "customfield_5", "toString": "Impediment"},
            {"field": "IssueParentAssociation", "from": None, "to": "10099"},
        ],
    },
]
HUGE = st.sampled_from(
    [10**30, -(10**30), 2**63, 10**400, float("inf"), float("nan"), 1e308, "x" * 30_000, "9" * 5000]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just("\ud800") | HUGE,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def spoilt(whole: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Take any part of an answer away, or put any other JSON in its place."""
    other = JSON.map(lambda value: lambda: value)
    spoiling: st.SearchStrategy[Callable[[], Any] | None] = st.none() | other
    chosen = st.dictionaries(st.sampled_from(places(whole)), spoiling, max_size=6)
    return chosen.map(lambda changed: without(whole, changed))


def spoilt_row(row: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Spoil a changelog's row, or some of its items."""
    items = st.lists(st.sampled_from(row["items"]).flatmap(spoilt) | JSON, max_size=4)
    return spoilt(row) | items.map(lambda other: {**row, "items": other})


histories = st.lists(st.sampled_from(ROWS).flatmap(spoilt_row), max_size=3)


@settings(deadline=None, max_examples=120)
@given(spoilt(WHOLE), histories)
def test_any_answer_is_an_issue_that_can_be_stored_or_untranslatable(
    row: dict[str, Any], rows: list[dict[str, Any]]
) -> None:
    """Nothing else is raised; and what is kept the database takes, and gives back as it was."""
    try:
        issue = translate.issue(row, rows, KNOWN)
    except Untranslatable:
        return
    document = bson.encode(document_of_issue(issue, SCOPE))
    assert issue_of_document(bson.decode(document)) == issue


@settings(deadline=None, max_examples=60)
@given(spoilt(WHOLE), histories)
def test_a_bad_issue_is_set_aside_and_the_others_of_its_page_are_kept(
    row: dict[str, Any], rows: list[dict[str, Any]]
) -> None:
    """Each is one or the other, and what is said of a bad one can be stored."""
    good = [{**RAW, "id": str(number)} for number in range(2)]
    read = translated([good[0], row, good[1]], {"10001": rows}, KNOWN)
    kept = [issue.issue_id for issue in read.issues]
    assert {"0", "1"} <= set(kept)
    assert len(kept) + len(read.quarantined) == len([*good, row])
    for bad in read.quarantined:
        bson.encode(asdict(bad))


@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(spoilt({**WHOLE, "id": "2"}))
def test_a_run_ends_well_whatever_one_issue_is(row: dict[str, Any]) -> None:
    asyncio.run(_runs_with(row))


async def _runs_with(row: dict[str, Any]) -> None:
    bench = Bench(HandMadeSite(sweeps=[["1", "2", "3"]], rows={"2": row}))
    job = await bench.job()
    await bench.work()
    assert (await bench.runs.job(job)).state is JobState.SUCCEEDED
    assert {IssueId("1"), IssueId("3")} <= set(await bench.runs.issues(bench.connection))
    state = await bench.runs.state(bench.connection)
    assert state.issue_count + state.quarantined_count == len(["1", "2", "3"])


def test_half_a_character_in_what_is_said_of_a_bad_issue() -> None:
    """Of its id, its last change and the reason: JSON may hold it, the database does not."""
    row = raw("2\ud83d", status={"id": "\ud83d"}, updated="\ud83d")
    [bad] = translated([row], {}, KNOWN).quarantined
    assert (bad.issue_id, bad.updated) == ("2?", "?")
    bson.encode(asdict(bad))


def test_a_history_that_no_document_could_hold_is_set_aside() -> None:
    """One issue of millions of changes, or of endless ones, must not stop its page's writing."""
    item = {"field": "status", "fieldId": "status", "fromString": "x" * LONGEST_TEXT}
    one = {"id": "1", "created": 5, "items": [item] * 50}
    rows = [{**one, "id": str(number)} for number in range(LARGEST_HISTORY // LONGEST_TEXT // 50)]
    read = translated([raw("1"), raw("2")], {"1": rows}, KNOWN)
    assert [issue.issue_id for issue in read.issues] == ["2"]
    assert len(translated([raw("1")], {"1": rows[:2]}, KNOWN).issues) == 1
