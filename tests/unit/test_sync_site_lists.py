"""What a site lists beside its issues, translated; what cannot be read leaves out only itself."""

from typing import Any

import pytest

from services.sync.domain.site_lists import rows_of, sprint, version, workflow

VERSION = {"id": "10", "name": "1.0", "projectId": 100, "released": True}
SPRINT = {"id": 7, "name": "Sprint 7", "state": "active", "startDate": "2026-01-01T00:00:00.000Z"}
WORKFLOW = {"id": "w", "name": "Flow", "statuses": [{}, {}], "version": {"versionNumber": 4}}


def test_lists_in_our_words() -> None:
    assert version(VERSION) == {
        "id": "10",
        "name": "1.0",
        "project_id": "100",
        "released": True,
        "archived": False,
        "release_day": None,
    }
    assert sprint(SPRINT) == {
        "id": "7",
        "name": "Sprint 7",
        "state": "active",
        "start": 1_767_225_600_000,
        "end": None,
        "completed": None,
    }
    assert workflow(WORKFLOW) == {
        "id": "w",
        "name": "Flow",
        "project_id": None,
        "version": 4,
        "status_count": 2,
    }


@pytest.mark.parametrize(
    "bad",
    [
        {},
        {"id": None},
        {**SPRINT, "name": 7},
        {**SPRINT, "startDate": "soon"},
        {**SPRINT, "id": []},
    ],
)
def test_what_cannot_be_read_is_left_out_and_said(bad: dict[str, Any]) -> None:
    rows, whole = rows_of([SPRINT, bad, SPRINT], sprint)
    assert [row["id"] for row in rows] == ["7"]
    assert not whole


def test_each_is_there_once_and_its_text_is_bounded() -> None:
    rows, whole = rows_of([SPRINT, {**SPRINT, "name": "x" * 1000}], sprint)
    assert ([len(row["name"]) for row in rows], whole) == ([255], True)
