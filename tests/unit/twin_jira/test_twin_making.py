"""A world is made of what the files hold, as of one moment, and refuses files it cannot use."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from twin.dataset import DataError
from twin.making import make_world
from twin.shifting import parse_instant
from twin.wire import Wire
from twin.world import World

DONE = {"id": 3, "key": "done", "name": "Complete"}


def issue(id_: str, key: str, created: str, **fields: Any) -> dict[str, Any]:
    return {
        "id": id_,
        "key": key,
        "fields": {
            "created": f"{created}T00:00:00.000+0000",
            "updated": f"{created}T00:00:00.000+0000",
            "status": {"id": "6", "name": "Closed", "statusCategory": DONE},
            "issuetype": {"id": "1", "name": "Bug", "subtask": False},
            "project": {"id": "5", "key": "AB", "name": "Project"},
            **fields,
        },
        "changelog": {"histories": []},
    }


def world_of(
    folder: Path, *issues: dict[str, Any], now_is: str | None = None, statuses: Any = None
) -> World:
    file = folder / "issues.jsonl.gz"
    file.write_bytes(gzip.compress("\n".join(json.dumps(one) for one in issues).encode()))
    listed = folder / "statuses.json"
    if statuses is not None:
        listed.write_text(json.dumps(statuses))
    return make_world(
        file,
        statuses=None if statuses is None else listed,
        now_is=None if now_is is None else parse_instant(now_is),
    )


def test_an_issue_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="issue 1 is there twice"):
        world_of(tmp_path, issue("1", "AB-1", "2012-01-01"), issue("1", "AB-2", "2012-01-01"))


@pytest.mark.parametrize("statuses", [{}, [{"id": "1"}], [{"id": "1", "name": "Open"}], ["Open"]])
def test_statuses_that_are_none_are_refused(tmp_path: Path, statuses: Any) -> None:
    with pytest.raises(DataError, match=r"statuses\.json"):
        world_of(tmp_path, issue("1", "AB-1", "2012-01-01"), statuses=statuses or [0])


def test_a_status_of_one_project_keeps_its_scope(tmp_path: Path) -> None:
    scope = {"type": "PROJECT", "project": {"id": "5"}}
    own = {"id": "6", "name": "Closed", "statusCategory": DONE, "scope": scope}
    world = world_of(tmp_path, issue("1", "AB-1", "2012-01-01"), statuses=[own])
    written = Wire("http://127.0.0.1:1", world.catalogue).status("6")
    assert written["scope"] == scope
    assert written["statusCategory"]["name"] == "Done", "as Jira Cloud calls it"


def test_a_status_whose_category_nothing_tells_is_indeterminate(tmp_path: Path) -> None:
    world = world_of(tmp_path, issue("1", "AB-1", "2012-01-01", status={"id": "8", "name": "Odd"}))
    assert world.catalogue.statuses["8"]["statusCategory"]["key"] == "indeterminate"


def test_relations_are_those_of_the_moment(tmp_path: Path) -> None:
    """A sub-task and a linked issue made later are not there; a moved one has its former key."""
    kind = {"id": "1", "name": "Blocks", "inward": "is blocked by", "outward": "blocks"}
    parent = issue(
        "1",
        "AB-1",
        "2012-01-01",
        subtasks=[{"id": "2", "key": "AB-2"}, {"id": "3", "key": "AB-3"}],
        issuelinks=[
            {"id": "91", "type": kind, "inwardIssue": {"id": "4", "key": "AB-4"}},
            {"id": "92", "type": kind, "outwardIssue": {"id": "3", "key": "AB-3"}},
        ],
    )
    early = issue("2", "AB-2", "2012-01-02", parent={"id": "1", "key": "AB-1"})
    late = issue("3", "AB-3", "2012-03-01", parent={"id": "1", "key": "AB-1"})
    moved = issue("4", "AB-4", "2012-01-03")
    move = {"field": "Key", "fieldtype": "jira", "from": None, "to": None}
    moved["changelog"]["histories"] = [
        {
            "id": "7",
            "created": "2012-03-02T00:00:00.000+0000",
            "items": [move | {"fromString": "CD-8", "toString": "AB-4"}],
        }
    ]
    world = world_of(tmp_path, parent, early, late, moved, now_is="2012-02-01")
    assert set(world.records) == {"1", "2", "4"}
    fields = world.issue("1").fields
    assert fields["subtasks"] == [{"id": "2", "key": "AB-2"}]
    assert [link["inwardIssue"]["key"] for link in fields["issuelinks"]] == ["CD-8"]
    assert world.issue("2").fields["parent"] == {"id": "1", "key": "AB-1"}


def test_what_comes_after_the_moment_is_kept_aside_not_thrown_away(tmp_path: Path) -> None:
    world = world_of(
        tmp_path,
        issue("1", "AB-1", "2012-01-01"),
        issue("2", "AB-2", "2012-03-01"),
        now_is="2012-02-01",
    )
    assert list(world.later) == ["2"]
