"""The twin gives issues and their changelogs as Jira Cloud does, and all of them."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from twin.history import instant_ms
from twin.making import make_world
from twin.serving import Running, running
from twin.wire import account_id

BULK = "/rest/api/3/issue/bulkfetch"
CHANGES = "/rest/api/3/changelog/bulkfetch"
BUNDLED = make_world()  # nothing here changes it


@pytest.fixture
async def twin() -> AsyncIterator[Running]:
    async with running(BUNDLED) as serving:
        yield serving


@pytest.fixture
async def jira(twin: Running) -> AsyncIterator[httpx.AsyncClient]:
    who = ("anyone@example.test", "twin-token")
    async with httpx.AsyncClient(base_url=twin.origin, auth=who, timeout=30) as client:
        yield client


async def posted(jira: httpx.AsyncClient, path: str, **body: Any) -> Any:
    answer = await jira.post(path, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def all_changes(jira: httpx.AsyncClient, ids: list[str], **asked: Any) -> list[Any]:
    """Give the pages of a changelog fetch; no more than five hundred of them."""
    pages = []
    token: dict[str, str] = {}
    for _ in range(500):
        page = await posted(jira, CHANGES, issueIdsOrKeys=ids, **asked, **token)
        pages.append(page["issueChangeLogs"])
        if "nextPageToken" not in page:
            return pages
        token = {"nextPageToken": page["nextPageToken"]}
    raise AssertionError("the walk does not end")


def flat(pages: list[Any]) -> list[tuple[str, Any]]:
    """Give every entry with the id of its issue, in the order they came."""
    return [
        (log["issueId"], entry)
        for page in pages
        for log in page
        for entry in log["changeHistories"]
    ]


async def test_issues_come_by_ascending_id_each_once(
    jira: httpx.AsyncClient, twin: Running
) -> None:
    ids = list(twin.world.records)[:100]
    again = twin.world.issue(ids[1]).key  # asked for by id, too
    body = await posted(jira, BULK, issueIdsOrKeys=[again, *reversed(ids[1:])])
    assert len(body["issues"]) == 99
    found = [int(issue["id"]) for issue in body["issues"]]
    assert found == sorted(set(found))
    assert body["issueErrors"] == []


async def test_a_missing_issue_is_an_error_beside_the_others(jira: httpx.AsyncClient) -> None:
    body = await posted(jira, BULK, issueIdsOrKeys=["CB-167", "999", "NOPE-1"])
    assert [issue["key"] for issue in body["issues"]] == ["CB-167"]
    assert [error["id"] for error in body["issueErrors"]] == ["999", "NOPE-1"]
    assert all("does not exist" in error["errorMessage"] for error in body["issueErrors"])


async def test_a_moved_issue_is_found_by_each_of_its_keys(jira: httpx.AsyncClient) -> None:
    for name in ("FLEX-33084", "flex-33084", "FLEXSTAG-26", "FLEX-9"):
        body = await posted(jira, BULK, issueIdsOrKeys=[name], fields=["key"])
        assert [issue["key"] for issue in body["issues"]] == ["FLEX-33084"], name
        assert (await jira.get(f"/rest/api/3/issue/{name}")).json()["key"] == "FLEX-33084"


@pytest.mark.parametrize("number", [0, 101])
async def test_none_and_more_than_a_hundred_are_refused(
    jira: httpx.AsyncClient, twin: Running, number: int
) -> None:
    ids = list(twin.world.records)[:number]
    answer = await jira.post(BULK, json={"issueIdsOrKeys": ids})
    assert answer.status_code == 400
    assert answer.json()["errorMessages"]


async def test_fields_are_chosen_by_name_and_group(jira: httpx.AsyncClient) -> None:
    async def names(*fields: str) -> set[str]:
        body = await posted(jira, BULK, issueIdsOrKeys=["CB-167"], fields=list(fields))
        return set(body["issues"][0]["fields"])

    assert await names("status", "assignee") == {"status", "assignee"}
    assert {"summary", "status", "created"} <= await names() == await names("*navigable")
    assert "comment" not in await names()
    assert await names("*all") - await names() == {"comment", "worklog"}
    assert await names("*all", "-comment") == await names("*all") - {"comment"}


async def test_people_are_accounts_without_name_key_or_address(
    jira: httpx.AsyncClient, twin: Running
) -> None:
    ids = list(twin.world.records)[:100]
    body = await posted(jira, BULK, issueIdsOrKeys=ids, fields=["*all"])
    pages = await all_changes(jira, ids)
    text = json.dumps([body, pages])
    assert "person-0" not in text
    assert "emailAddress" not in text
    reporter = next(i for i in body["issues"] if i["key"] == "ANY23-174")["fields"]["reporter"]
    assert reporter["accountId"] == account_id("person-0001")
    assert reporter["displayName"] == "Person 0001"
    assert not {"name", "key"} & set(reporter)


async def test_an_assignee_in_the_changelog_is_an_account_too(jira: httpx.AsyncClient) -> None:
    entries = flat(await all_changes(jira, ["ANY23-21"], fieldIds=["assignee"]))
    last = entries[-1][1]["items"][0]
    assert last["from"] == account_id("person-0002")
    assert last["to"] == account_id("person-0003")
    assert last["toString"] == "Person 0003"


async def test_prose_is_an_atlassian_document(jira: httpx.AsyncClient) -> None:
    issue = (await jira.get("/rest/api/3/issue/ANY23-174")).json()
    for document in (
        issue["fields"]["description"],
        *(comment["body"] for comment in issue["fields"]["comment"]["comments"]),
    ):
        assert document["type"] == "doc"
        assert document["version"] == 1
        assert document["content"][0]["type"] == "paragraph"


async def test_issue_types_have_their_level(jira: httpx.AsyncClient, twin: Running) -> None:
    levels = {}
    ids = list(twin.world.records)
    for start in range(0, len(ids), 100):
        body = await posted(
            jira, BULK, issueIdsOrKeys=ids[start : start + 100], fields=["issuetype"]
        )
        for issue in body["issues"]:
            kind = issue["fields"]["issuetype"]
            levels[kind["name"]] = (kind["hierarchyLevel"], kind["subtask"])
    assert levels["Epic"] == (1, False)
    assert levels["Sub-task"] == levels["Technical task"] == (-1, True)
    standard = {level for name, level in levels.items() if name in {"Bug", "Story", "Task"}}
    assert standard == {(0, False)}


async def test_a_thousand_issues_changes_span_pages_by_date_then_issue(
    jira: httpx.AsyncClient, twin: Running
) -> None:
    ids = list(twin.world.records)[:1_000]
    pages = await all_changes(jira, ids, maxResults=700)
    entries = flat(pages)
    expected = sorted(
        (entry.created_ms, int(issue_id), int(entry.id))
        for issue_id in ids
        for entry in twin.world.issue(issue_id).entries
    )
    found = [(entry["created"], int(id_), int(entry["id"])) for id_, entry in entries]
    assert sorted(found) == expected, "every entry once"
    assert sum(len(log["changeHistories"]) for log in pages[0]) == 700
    place = 0
    for page in pages:
        size = sum(len(log["changeHistories"]) for log in page)
        flat_page = sorted(found[place : place + size])
        assert flat_page == expected[place : place + size], "each page holds the next oldest"
        assert len({log["issueId"] for log in page}) == len(page)
        place += size
    on_pages = [{log["issueId"] for log in page} for page in pages]
    assert on_pages[0] & on_pages[1], "some issue's entries lie on both"


async def test_created_is_epoch_milliseconds_in_bulk_and_iso_elsewhere(
    jira: httpx.AsyncClient,
) -> None:
    bulk = [entry for _id, entry in flat(await all_changes(jira, ["CB-167"]))]
    single = (await jira.get("/rest/api/3/issue/CB-167/changelog")).json()["values"]
    assert [type(entry["created"]) for entry in bulk] == [int] * len(bulk)
    assert [instant_ms(entry["created"]) for entry in single] == [e["created"] for e in bulk]
    assert [entry["items"] for entry in single] == [entry["items"] for entry in bulk]


async def test_an_anonymous_entry_has_no_author(jira: httpx.AsyncClient, twin: Running) -> None:
    anonymous = [
        (issue.id, entry.id)
        for issue in twin.world.issues()
        for entry in issue.entries
        if entry.author is None
    ]
    assert len(anonymous) == 1
    entries = flat(await all_changes(jira, [anonymous[0][0]]))
    assert [entry["id"] for _id, entry in entries if "author" not in entry] == [anonymous[0][1]]


async def test_field_ids_leave_only_their_items(jira: httpx.AsyncClient, twin: Running) -> None:
    ids = list(twin.world.records)[:1_000]
    entries = flat(await all_changes(jira, ids, fieldIds=["status", "fixVersions"]))
    names = {item["field"] for _id, entry in entries for item in entry["items"]}
    assert names == {"status", "Fix Version"}
    assert all(entry["items"] for _id, entry in entries)


@pytest.mark.parametrize(
    "asked",
    [
        {"issueIdsOrKeys": []},
        {"issueIdsOrKeys": [str(number) for number in range(1_001)]},
        {"issueIdsOrKeys": ["CB-167"], "maxResults": 0},
        {"issueIdsOrKeys": ["CB-167"], "maxResults": 10_001},
        {"issueIdsOrKeys": ["CB-167"], "fieldIds": [str(number) for number in range(11)]},
        {"issueIdsOrKeys": ["CB-167"], "nextPageToken": "made up"},
        {"issueIdsOrKeys": ["CB-167"], "startAt": 0},
        {},
    ],
)
async def test_a_changelog_fetch_beyond_its_limits_is_refused(
    jira: httpx.AsyncClient, asked: dict[str, Any]
) -> None:
    answer = await jira.post(CHANGES, json=asked)
    assert answer.status_code == 400
    assert answer.json()["errorMessages"]


async def test_a_changelog_token_belongs_to_its_issues(jira: httpx.AsyncClient) -> None:
    page = await posted(jira, CHANGES, issueIdsOrKeys=["CB-167"], maxResults=1)
    answer = await jira.post(
        CHANGES, json={"issueIdsOrKeys": ["CB-168"], "nextPageToken": page["nextPageToken"]}
    )
    assert answer.status_code == 400


async def test_one_changelog_pages_by_offset_with_a_total(
    jira: httpx.AsyncClient, twin: Running
) -> None:
    issue = max(twin.world.issues(), key=lambda one: len(one.entries))
    total, seen = len(issue.entries), []
    url: str | None = f"/rest/api/3/issue/{issue.key}/changelog?maxResults=4"
    for _ in range(100):
        body = (await jira.get(str(url))).json()
        seen += [entry["id"] for entry in body["values"]]
        assert body["total"] == total
        assert body["isLast"] is ("nextPage" not in body)
        url = body.get("nextPage")
        if url is None:
            break
    assert seen == [entry.id for entry in issue.entries]


@pytest.mark.parametrize("path", ["/rest/api/3/issue/NOPE-1", "/rest/api/3/issue/NOPE-1/changelog"])
async def test_an_issue_that_is_not_there_is_404(jira: httpx.AsyncClient, path: str) -> None:
    answer = await jira.get(path)
    assert answer.status_code == 404
    assert answer.json() == {
        "errorMessages": ["Issue does not exist or you do not have permission to see it."],
        "errors": {},
    }


async def test_statuses_have_categories_and_projects_are_paged(
    jira: httpx.AsyncClient, twin: Running
) -> None:
    statuses = {one["id"]: one for one in (await jira.get("/rest/api/3/status")).json()}
    assert statuses["10000"]["statusCategory"]["key"] == "indeterminate"
    named = {
        item["to"]
        for one in twin.world.issues()
        for entry in one.entries
        for item in entry.items
        if item["field"] == "status"
    }
    assert named <= set(statuses), "no changelog names a status the site does not know"
    keys: list[str] = []
    for start in range(0, 22, 5):
        page = await jira.get(
            "/rest/api/3/project/search", params={"startAt": start, "maxResults": 5}
        )
        assert page.json()["isLast"] is (start == 20)
        keys += [project["key"] for project in page.json()["values"]]
    assert len(keys) == 22
    assert keys == sorted(keys)


async def test_it_is_jira_cloud(jira: httpx.AsyncClient, twin: Running) -> None:
    info = (await jira.get("/rest/api/3/serverInfo")).json()
    assert (info["deploymentType"], info["baseUrl"]) == ("Cloud", twin.origin)
    assert (await jira.get("/rest/api/3/myself")).json()["accountId"].startswith("712020:")
    fields = {field["id"]: field for field in (await jira.get("/rest/api/3/field")).json()}
    assert fields["status"]["schema"] == {"type": "status", "system": "status"}
    assert fields["customfield_10000"]["custom"] is True
