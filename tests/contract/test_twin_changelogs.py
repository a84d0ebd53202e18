"""The twin gives changelogs as Jira Cloud does, every entry once."""

from typing import Any

import httpx
import pytest

from tests.contract.twin_calls import CHANGES, all_changes, posted
from twin.history import instant_ms
from twin.serving import Running
from twin.wire import account_id


def flat(pages: list[Any]) -> list[tuple[str, Any]]:
    """Give every entry with the id of its issue, in the order they came."""
    return [
        (log["issueId"], entry)
        for page in pages
        for log in page
        for entry in log["changeHistories"]
    ]


async def test_an_assignee_in_the_changelog_is_an_account_too(jira: httpx.AsyncClient) -> None:
    entries = flat(await all_changes(jira, ["ANY23-21"], fieldIds=["assignee"]))
    last = entries[-1][1]["items"][0]
    assert last["from"] == account_id("person-0002")
    assert last["to"] == account_id("person-0003")
    assert last["toString"] == "Person 0003"


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
