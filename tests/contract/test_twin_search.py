"""The twin's search pages as Jira Cloud's does."""

from typing import Any

import httpx
import pytest

from tests.contract.twin_calls import ALL, COUNT, SEARCH, search, walk
from twin.pages import LIFETIME_MS
from twin.serving import Running


async def refused(jira: httpx.AsyncClient, **asked: Any) -> str:
    answer = await jira.post(SEARCH, json=asked)
    assert answer.status_code == 400
    body = answer.json()
    assert body["errors"] == {}
    return str(body["errorMessages"][0])


async def test_an_unbounded_query_is_refused(jira: httpx.AsyncClient) -> None:
    message = (
        "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."
    )
    assert await refused(jira, jql="ORDER BY created") == message
    assert await refused(jira) == message
    assert (await jira.get(SEARCH)).status_code == 400


async def test_only_ids_come_by_default_and_fifty_of_them(jira: httpx.AsyncClient) -> None:
    body = await search(jira, ALL)
    assert set(body) == {"issues", "isLast", "nextPageToken"}
    assert len(body["issues"]) == 50
    assert all(set(issue) == {"id"} for issue in body["issues"])


async def test_a_walk_meets_every_issue_once_in_order(
    jira: httpx.AsyncClient, twin: Running
) -> None:
    pages = await walk(jira, ALL, maxResults=304)
    ids = [issue_id for page in pages for issue_id in page]
    assert [len(page) for page in pages] == [304] * 5, "a full last page is the last, too"
    records = [twin.world.records[issue_id] for issue_id in ids]
    assert sorted(ids) == sorted(twin.world.records)
    order = [(one.created_ms, one.key.split("-")[0], int(one.key.split("-")[1])) for one in records]
    assert order == sorted(order)


async def test_five_thousand_ids_or_a_hundred_issues_are_the_most_a_page_holds(
    jira: httpx.AsyncClient,
) -> None:
    assert len((await search(jira, ALL, maxResults=9_000))["issues"]) == 1_520
    body = await search(jira, ALL, maxResults=5_000, fields=["status"])
    assert len(body["issues"]) == 100
    assert not body["isLast"]
    assert all(set(issue["fields"]) == {"status"} for issue in body["issues"])


async def test_get_and_post_answer_alike(jira: httpx.AsyncClient) -> None:
    query = {"jql": ALL, "maxResults": "3", "fields": "key,summary", "failFast": "true"}
    answer = await jira.get(SEARCH, params=query)
    assert answer.status_code == 200
    posted = await search(jira, ALL, maxResults=3, fields=["key", "summary"])
    assert answer.json()["issues"] == posted["issues"]


async def test_projects_and_instants_restrict(jira: httpx.AsyncClient, twin: Running) -> None:
    truth = [issue for issue in twin.world.issues() if issue.key.startswith(("CB-", "TEZ-"))]
    since_ms = sorted(issue.updated_ms for issue in truth)[-20]
    jql = f'project in (CB, "tez") AND updated >= {since_ms} ORDER BY updated DESC'
    found = [i for page in await walk(jira, jql) for i in page]
    assert len(found) == 20
    expected = {issue.id for issue in truth if issue.updated_ms >= since_ms}
    assert set(found) == expected
    later = await walk(jira, jql.replace(">=", ">"))
    assert len(later[0]) == 19


async def test_a_quoted_date_is_taken_in_utc_to_the_minute(
    jira: httpx.AsyncClient, twin: Running
) -> None:
    jql = 'created >= "2012/04/01 10:00" ORDER BY created'
    found = (await walk(jira, jql, maxResults=5_000))[0]
    expected = {one.id for one in twin.world.issues() if one.created_ms >= 1_333_274_400_000}
    assert set(found) == expected


async def test_a_project_that_is_not_there_is_refused(jira: httpx.AsyncClient) -> None:
    message = "The value 'NOPE' does not exist for the field 'project'."
    assert await refused(jira, jql="project in (CB, NOPE)") == message


async def test_a_token_is_good_for_its_own_query_only(jira: httpx.AsyncClient) -> None:
    token = (await search(jira, ALL))["nextPageToken"]
    other = await refused(jira, jql="created >= 1 ORDER BY created", nextPageToken=token)
    assert "nextPageToken" in other
    assert "nextPageToken" in await refused(jira, jql=ALL, fields=["key"], nextPageToken=token)
    assert "nextPageToken" in await refused(jira, jql=ALL, nextPageToken="made up")


async def test_a_token_expires_after_seven_days(jira: httpx.AsyncClient) -> None:
    token = (await search(jira, ALL))["nextPageToken"]
    await jira.post("/_twin/clock", json={"advance_ms": LIFETIME_MS - 60_000})
    await search(jira, ALL, nextPageToken=token)
    await jira.post("/_twin/clock", json={"advance_ms": 60_000})
    assert "expired" in await refused(jira, jql=ALL, nextPageToken=token)


async def test_more_than_fifty_to_reconcile_are_refused(jira: httpx.AsyncClient) -> None:
    await search(jira, ALL, reconcileIssues=list(range(50)))
    message = await refused(jira, jql=ALL, reconcileIssues=list(range(51)))
    assert message.startswith("Invalid request payload.")


@pytest.mark.parametrize(
    "asked", [{"startAt": 50}, {"maxResults": "many"}, {"maxResults": 0}, {"fields": "summary"}]
)
async def test_what_the_call_does_not_take_is_refused(
    jira: httpx.AsyncClient, asked: dict[str, Any]
) -> None:
    assert await refused(jira, jql=ALL, **asked)


async def test_a_body_that_is_no_json_is_refused(jira: httpx.AsyncClient) -> None:
    answer = await jira.post(SEARCH, content=b"{")
    assert answer.status_code == 400
    assert answer.json()["errorMessages"][0].startswith("Invalid request payload.")


async def test_the_count_counts_what_the_search_finds(jira: httpx.AsyncClient) -> None:
    answer = await jira.post(COUNT, json={"jql": "project = CB"})
    assert answer.json() == {"count": 211}
    unbounded = await jira.post(COUNT, json={"jql": ""})
    assert unbounded.status_code == 400


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("version", ["2", "3"])
async def test_the_search_with_offsets_is_gone(
    jira: httpx.AsyncClient, version: str, method: str
) -> None:
    answer = await jira.request(method, f"/rest/api/{version}/search")
    assert answer.status_code == 410
    body = answer.json()
    assert body["errorMessages"][0].startswith("The requested API has been removed.")
    assert "/rest/api/3/search/jql" in body["errorMessages"][0]
    assert body["errors"] == {}


async def test_changelogs_come_with_a_page_that_asks_for_them(
    jira: httpx.AsyncClient, twin: Running
) -> None:
    body = await search(jira, ALL, maxResults=20, fields=["status"], expand="changelog,names")
    for issue in body["issues"]:
        log, entries = issue["changelog"], twin.world.issue(issue["id"]).entries
        assert log["total"] == len(entries)
        assert [row["id"] for row in log["histories"]] == [one.id for one in reversed(entries)]
    without = await search(jira, ALL, maxResults=1, fields=["status"])
    assert "changelog" not in without["issues"][0]
