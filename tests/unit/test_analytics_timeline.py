"""The timeline of an issue, from histories made by hand."""

import polars as pl
import pytest

from services.analytics.columns import facts_of
from services.analytics.domain.attributes import Attribute, held_at, spans_of
from services.analytics.domain.facts import NEVER, Facts, joined
from services.analytics.domain.stages import clock_of, with_stages
from services.analytics.domain.timeline import visits_of
from services.kernel.documents import document_of_issue
from services.kernel.ids import ConnectionId, TenantScope, WorkspaceId
from services.kernel.issue import Issue, Tracked
from tests.unit.analytics_histories import LATER, STAGES, change, issue, move

SCOPE = TenantScope(WorkspaceId("wsp_1"), ConnectionId("con_1"))


def facts(*issues: Issue) -> Facts:
    return joined([facts_of([{**document_of_issue(one, SCOPE), "seq": 1} for one in issues])])


def visits(*issues: Issue) -> list[tuple[str, int, int, bool]]:
    """Tell visits as (status, enter, exit, synthetic)."""
    return visits_of(facts(*issues)).select("status", "enter", "exit", "synthetic").rows()


def clock(one: Issue) -> tuple[int, int, int]:
    """Tell (started_at, done_from, done_until) of an issue."""
    staged = with_stages(visits_of(facts(one)), STAGES)
    row: tuple[int, int, int] = clock_of(staged, height=1).issues.rows()[0]
    return row


def test_an_issue_without_changes_is_where_it_was_created() -> None:
    """No status change: one visit to the present status, from creation on."""
    assert visits(issue(status="3", created=7)) == [("3", 7, NEVER, False)]


def test_visits_follow_each_other() -> None:
    """The first status is the first change's `from`; visits are half-open and end to end."""
    moved = issue(move(10, "1", "3"), move(20, "3", "5"))
    assert visits(moved) == [
        ("1", 0, 10, False),
        ("3", 10, 20, False),
        ("5", 20, NEVER, False),
    ]


def test_order_is_instant_history_item() -> None:
    """Stored order means nothing: (at, numeric history id, item index) does."""
    moved = issue(
        move(10, "4", "5", history=10, item_index=1),
        move(10, "1", "3", history=9),
        move(10, "3", "4", history=10, item_index=0),
        status="5",
    )
    assert visits(moved) == [
        ("1", 0, 10, False),
        ("3", 10, 10, False),
        ("4", 10, 10, False),
        ("5", 10, NEVER, False),
    ]


def test_a_gap_is_bridged_at_its_instant() -> None:
    """A `from` that is not where the issue was: a synthetic visit of zero length."""
    assert visits(issue(move(10, "1", "3"), move(20, "4", "5"))) == [
        ("1", 0, 10, False),
        ("3", 10, 20, False),
        ("4", 20, 20, True),
        ("5", 20, NEVER, False),
    ]


@pytest.mark.parametrize(("updated", "seen"), [(50, 50), (5, 10)])
def test_a_last_status_that_differs_is_seen_at_the_update(updated: int, seen: int) -> None:
    """Elsewhere than its history says: since `updated`, never before its last change."""
    moved = issue(move(10, "1", "3"), status="5", updated=updated)
    assert visits(moved)[-1] == ("5", seen, NEVER, True)


def test_a_change_before_creation_happens_at_creation() -> None:
    """Imports date changes before the issue: no visit may end before it begins."""
    assert visits(issue(move(10, "1", "3"), created=15)) == [
        ("1", 15, 15, False),
        ("3", 15, NEVER, False),
    ]


def test_a_missing_id_is_found_beside_its_name() -> None:
    """An id that is missing is the one that this issue has beside the same name, and flagged."""
    moved = issue(
        move(10, None, "3", from_name="S1"),
        move(20, "3", "1"),
        move(30, "1", None, to_name="Lost"),
        status="name:Lost",
    )
    found = visits_of(facts(moved)).select("status", "id_missing").rows()
    assert found == [("1", True), ("3", False), ("1", False), ("name:Lost", True)]


def test_issues_do_not_mix() -> None:
    """Each issue has its own visits, in the order of issue ids as texts."""
    found = visits_of(
        facts(
            issue(move(10, "1", "3"), issue_id="9"),
            issue(issue_id="10"),
            issue(move(5, "1", "5"), issue_id="11"),
        )
    )
    assert found.select("issue", "status").rows() == [
        (0, "1"),
        (1, "1"),
        (1, "5"),
        (2, "1"),
        (2, "3"),
    ]


def test_an_issue_read_twice_is_as_written_last() -> None:
    """A page written while it is read shows an issue twice: the greater seq is kept."""
    newer = {**document_of_issue(issue(move(10, "1", "3")), SCOPE), "seq": 2}
    older = {**document_of_issue(issue(), SCOPE), "seq": 1}
    other = {**document_of_issue(issue(move(9, "1", "5"), issue_id="2"), SCOPE), "seq": 1}
    both = joined([facts_of([newer]), facts_of([older, other])])
    assert both.issues["issue_id"].to_list() == ["1", "2"]
    assert visits_of(both)["status"].to_list() == ["1", "3", "1", "5"]


def test_started_at_is_the_first_entry_past_new() -> None:
    """Going back to new does not restart the clock."""
    assert clock(issue(move(10, "1", "3"), move(20, "3", "1"), move(30, "1", "3"))) == (
        10,
        NEVER,
        NEVER,
    )


def test_done_since_the_last_unbroken_run() -> None:
    """A move between two done statuses does not move it; a reopening does."""
    moved = issue(move(10, "1", "5"), move(20, "5", "3"), move(30, "3", "5"), move(40, "5", "6"))
    assert clock(moved) == (10, 30, NEVER)


def test_earlier_runs_are_kept() -> None:
    """Each run in done but the last stands in the frame of earlier runs."""
    moved = issue(move(10, "1", "5"), move(20, "5", "3"), move(30, "3", "5"), move(40, "5", "3"))
    found = clock_of(with_stages(visits_of(facts(moved)), STAGES), height=1)
    assert found.issues.rows() == [(10, 30, 40)]
    assert found.earlier_runs.rows() == [(0, 10, 20)]


def test_a_status_the_site_does_not_list_is_indeterminate() -> None:
    """Work in an unknown status counts as work in progress."""
    assert clock(issue(move(10, "1", "77"))) == (10, NEVER, NEVER)


def held(one: Issue, attribute: Attribute, at: int) -> list[tuple[str | None, str | None]]:
    return held_at(spans_of(facts(one)), attribute, at).select("value", "name").rows()


def test_assignees_over_time() -> None:
    """Before the first change its `from`; then each `to`; from the update on the issue's own."""
    one = issue(
        change(10, Tracked.ASSIGNEE, None, "a"),
        change(20, Tracked.ASSIGNEE, "a", "b"),
        assignee_id="b",
        assignee_name="Bea",
    )
    assert held(one, Attribute.ASSIGNEE, 9) == [(None, None)]
    assert held(one, Attribute.ASSIGNEE, 10) == [("a", "Sa")]
    assert held(one, Attribute.ASSIGNEE, 20) == [("b", "Sb")]
    assert held(one, Attribute.ASSIGNEE, LATER) == [("b", "Bea")]


def test_a_moved_issue_was_in_its_old_project() -> None:
    """The project is the key's part before the last dash, as of then."""
    one = issue(
        change(10, Tracked.KEY, None, None, from_name="OLD-X-7", to_name="AB-1"),
        change(10, Tracked.PROJECT, "1", "2", item_index=1, from_name="Old", to_name="Able"),
    )
    assert [value for value, _ in held(one, Attribute.PROJECT, 9)] == ["OLD-X"]
    assert [value for value, _ in held(one, Attribute.PROJECT, 10)] == ["AB"]


def test_an_attribute_that_never_changed_has_no_span() -> None:
    """Then the present value holds, and nothing is stored for it."""
    assert spans_of(facts(issue(move(10, "1", "3")))).height == 0


def test_no_issue_at_all() -> None:
    """Nothing gives nothing."""
    nothing = joined([])
    assert visits_of(nothing).height == 0
    assert spans_of(nothing).height == 0
    assert isinstance(nothing.issues, pl.DataFrame)
