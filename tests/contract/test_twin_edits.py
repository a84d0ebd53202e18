"""What an edit through the side channel does to the issue, its history and a search of it."""

import time
from typing import Any

import httpx
import pytest

from tests.contract.twin_calls import BULK, CHANGES, few, search, walk
from twin.serving import Running
from twin.world import World

BODY = {"issueIdsOrKeys": ["CB-167"]}


@pytest.fixture
def world() -> World:
    return few()


async def test_an_edit_moves_the_issue_and_tells_its_history(
    jira: httpx.AsyncClient, twin: Running
) -> None:
    before = (await jira.get("/rest/api/3/issue/CB-167")).json()
    taken = {entry.id for issue in twin.world.issues() for entry in issue.entries}
    edit = (
        await jira.post("/_twin/issues/CB-167", json={"status": "3", "assignee": "person-0001"})
    ).json()
    after = (await jira.get("/rest/api/3/issue/CB-167")).json()
    assert after["fields"]["status"]["name"] == "In Progress"
    assert after["fields"]["status"]["statusCategory"]["key"] == "indeterminate"
    assert after["fields"]["assignee"]["accountId"].startswith("712020:")
    assert after["fields"]["updated"] > before["fields"]["updated"]
    entry = (await jira.get("/rest/api/3/issue/CB-167/changelog")).json()["values"][-1]
    assert entry["id"] == edit["history_id"]
    assert entry["id"] not in taken
    changed = {item["field"]: item for item in entry["items"]}
    assert changed["status"]["from"] == before["fields"]["status"]["id"]
    assert changed["status"]["to"] == "3"
    assert changed["assignee"]["to"] == after["fields"]["assignee"]["accountId"]


async def test_two_edits_follow_each_other_in_time(jira: httpx.AsyncClient) -> None:
    edits = [
        (await jira.post("/_twin/issues/CB-167", json={"assignee": name})).json()
        for name in ("person-0001", None, "person-0002")
    ]
    instants = [edit["updated_ms"] for edit in edits]
    assert instants == sorted(set(instants))


async def test_a_deleted_issue_is_gone_everywhere(jira: httpx.AsyncClient) -> None:
    await jira.post("/_twin/issues/CB-167", json={"delete": True})
    assert (await jira.get("/rest/api/3/issue/CB-167")).status_code == 404
    assert (await jira.post(BULK, json=BODY)).json()["issues"] == []
    changes = await jira.post(CHANGES, json=BODY)
    assert changes.json() == {"issueChangeLogs": []}


@pytest.mark.parametrize("edit", [{}, {"status": "999"}, {"priority": "1"}])
async def test_an_edit_that_cannot_be_made_is_refused(
    jira: httpx.AsyncClient, edit: dict[str, Any]
) -> None:
    assert (await jira.post("/_twin/issues/CB-167", json=edit)).status_code == 400
    assert (await jira.post("/_twin/issues/NOPE-1", json={"delete": True})).status_code == 404


@pytest.mark.parametrize("order", ["created DESC, key DESC", "key ASC", "updated ASC, key ASC"])
async def test_an_edit_between_pages_neither_hides_nor_doubles_another_issue(
    jira: httpx.AsyncClient, twin: Running, order: str
) -> None:
    jql = f"project = CLIMATE ORDER BY {order}"
    first = await search(jira, jql, maxResults=10)
    seen = [issue["id"] for issue in first["issues"]]
    edited, gone = seen[-1], seen[3]  # the token stands on the edited one
    await jira.post(f"/_twin/issues/{edited}", json={"assignee": "somebody"})
    await jira.post(f"/_twin/issues/{gone}", json={"delete": True})
    rest = await search(jira, jql, maxResults=5_000, nextPageToken=first["nextPageToken"])
    late = [issue["id"] for issue in rest["issues"] if issue["id"] != edited]
    everyone = {one.id for one in twin.world.issues() if one.key.startswith("CLIMATE-")}
    assert len(late) == len(set(late))
    assert set(seen) | set(late) == everyone | {gone}
    assert not set(seen) & set(late)


async def test_an_edited_issue_becomes_the_last_to_have_been_updated(
    jira: httpx.AsyncClient,
) -> None:
    jql = "project = CLIMATE ORDER BY updated ASC, key ASC"
    [before] = await walk(jira, jql)
    await jira.post(f"/_twin/issues/{before[0]}", json={"assignee": "somebody"})
    assert await walk(jira, jql) == [[*before[1:], before[0]]]


async def test_a_change_is_found_by_the_delta_query(jira: httpx.AsyncClient) -> None:
    since_ms = int(time.time() * 1000) - 1
    jql = f"updated >= {since_ms} ORDER BY updated ASC, key ASC"
    assert await walk(jira, jql) == [[]]
    edit = await jira.post("/_twin/issues/CB-167", json={"status": "3"})
    assert await walk(jira, jql) == [[edit.json()["id"]]]
