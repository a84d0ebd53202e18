"""Undoing history gives back what each issue was."""

from typing import Any

import pytest

from tests.unit.twin_jira.raw_histories import (
    DAY_MS,
    START_MS,
    TYPES,
    at,
    item,
    known,
    made,
    then,
)
from twin.dataset import BUNDLED_ISSUES, read_issues
from twin.history import as_of

BUNDLED = [issue for _line, issue in read_issues(BUNDLED_ISSUES)]


def test_every_status_change_of_the_bundled_issues_is_undone_to_the_status_before_it() -> None:
    checked = 0
    for issue in BUNDLED:
        changes = [
            (entry.created_ms, change)
            for entry in issue.entries
            for change in entry.items
            if change["field"] == "status"
        ]
        for at_ms, change in changes:
            if at_ms <= issue.created_ms or [at_ms for at_ms, _ in changes].count(at_ms) > 1:
                continue
            before = as_of(issue, at_ms - 1, issue_types=TYPES)
            after = as_of(issue, at_ms, issue_types=TYPES)
            assert before is not None
            assert after is not None
            assert before.fields["status"]["id"] == change["from"], issue.key
            assert after.fields["status"]["id"] == change["to"], issue.key
            checked += 1
    assert checked > 2_400


def test_an_issue_is_absent_before_it_was_created_and_there_from_that_millisecond_on() -> None:
    issue = known(made())
    assert as_of(issue, START_MS - 1, issue_types=TYPES) is None
    assert as_of(issue, START_MS, issue_types=TYPES) is not None


def test_an_issue_untouched_since_then_is_the_very_same() -> None:
    issue = known(made((3, [item("labels", "", "x")])))
    assert as_of(issue, START_MS + 3 * DAY_MS, issue_types=TYPES) is issue


def test_later_entries_are_gone_and_updated_is_the_last_activity_that_is_left() -> None:
    raw = made((1, [item("status", "1", "3")]), (5, [item("status", "3", "6")]))
    found = then(raw, 4)
    assert [entry.id for entry in found.entries] == ["1"]
    assert found.fields["updated"] == at(1)
    assert then(raw, 0.5).fields["updated"] == at(0)


def test_a_comment_counts_as_activity_and_one_written_later_is_gone() -> None:
    comments = [{"id": str(day), "created": at(day), "updated": at(day + 1)} for day in (2, 6)]
    raw = made((8, []), comment={"total": 2, "comments": comments})
    found = then(raw, 4)
    assert [comment["id"] for comment in found.fields["comment"]["comments"]] == ["2"]
    assert found.fields["updated"] == at(3)
    assert then(raw, 2.5).fields["comment"]["comments"][0]["updated"] == at(2), "not edited yet"


def test_a_resolution_is_undone_to_the_one_before_with_its_own_date() -> None:
    raw = made(
        (1, [item("resolution", None, "1")]),
        (2, [item("resolution", "1", None)]),
        (5, [item("resolution", None, "2")]),
        resolution={"id": "2", "name": "2"},
        resolutiondate=at(5),
    )
    assert then(raw, 1.5).fields["resolutiondate"] == at(1)
    assert then(raw, 1.5).fields["resolution"]["id"] == "1"
    assert then(raw, 3).fields["resolutiondate"] is None
    assert then(raw, 3).fields["resolution"] is None


def test_a_moved_issue_has_its_former_key_and_project() -> None:
    move = [item("Project", "6", "7"), item("Key", "OLD-9", "AB-1")]
    found = then(made((4, move)), 3)
    assert found.key == "OLD-9"
    assert found.fields["project"] == {"id": "6", "key": "OLD", "name": "6"}


def test_a_type_changed_to_sub_task_later_is_none_before_and_has_no_parent() -> None:
    raw = made(
        (4, [item("issuetype", "1", "7") | {"fromString": "Bug"}, item("Parent", None, "55")]),
        issuetype={"id": "7", "name": "Sub-task", "subtask": True},
        parent={"id": "55", "key": "AB-5"},
    )
    found = then(raw, 3)
    assert found.fields["issuetype"]["subtask"] is False
    assert "parent" not in found.fields
    assert then(raw, 4).fields["parent"]["id"] == "55"


@pytest.mark.parametrize(
    ("name", "change", "field_name", "now", "before"),
    [
        ("duedate", item("duedate", None, "2012-03-01"), "duedate", "2012-03-01", None),
        (
            "an old entry has the due date in its text only",
            item("duedate", None, None) | {"fromString": "2012-02-01 00:00:00.0"},
            "duedate",
            "2012-03-01",
            "2012-02-01",
        ),
        ("seconds", item("timespent", "60", "120"), "timespent", 120, 60),
        ("labels", item("labels", "a b", "c"), "labels", ["c"], ["a", "b"]),
        (
            "an added link goes",
            item("Link", None, "CD-2"),
            "issuelinks",
            [{"outwardIssue": {"id": "2", "key": "CD-2"}}],
            [],
        ),
        ("prose has no values", item("summary", None, None), "summary", "S", "S"),
    ],
)
def test_undoing_a_change_gives_the_value_before_it(
    *, name: str, change: dict[str, Any], field_name: str, now: Any, before: Any
) -> None:
    raw = made((4, [change]), **{field_name: now})
    assert then(raw, 3).fields[field_name] == before
    assert then(raw, 4).fields[field_name] == now


def test_a_version_released_later_is_not_released_yet() -> None:
    version = {"id": "9", "name": "1.0", "released": True, "releaseDate": "2012-01-09"}
    found = then(made((9, []), fixVersions=[version]), 3)
    assert found.fields["fixVersions"] == [{"id": "9", "name": "1.0", "released": False}]
