"""The twin's search pages as Jira Cloud's does."""

import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from twin.history import read
from twin.making import make_world
from twin.pages import LIFETIME_MS
from twin.serving import Running, running
from twin.world import World

SEARCH = "/rest/api/3/search/jql"
BUNDLED = make_world()  # tests that change a world make one of their own
ALL = "created >= 0 ORDER BY created ASC, key ASC"


@pytest.fixture
async def twin() -> AsyncIterator[Running]:
    async with running(BUNDLED) as serving:
        yield serving


@pytest.fixture
async def jira(twin: Running) -> AsyncIterator[httpx.AsyncClient]:
    async with signed_in(twin) as client:
        yield client


def signed_in(twin: Running) -> httpx.AsyncClient:
    who = ("anyone@example.test", "twin-token")
    return httpx.AsyncClient(base_url=twin.origin, auth=who, timeout=30)


def few() -> World:
    """Make a small world to change: two projects of the bundled one."""
    world = World(BUNDLED.catalogue, BUNDLED.moment)
    for record in BUNDLED.records.values():
        if record.project.key in {"CB", "CLIMATE"}:
            world.add(record.line, read(record.line))
    return world


@pytest.fixture
async def changing() -> AsyncIterator[Running]:
    async with running(few()) as serving:
        yield serving


@pytest.fixture
async def own_jira(changing: Running) -> AsyncIterator[httpx.AsyncClient]:
    async with signed_in(changing) as client:
        yield client


async def search(jira: httpx.AsyncClient, jql: str, **asked: Any) -> Any:
    answer = await jira.post(SEARCH, json={"jql": jql, **asked})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def walk(jira: httpx.AsyncClient, jql: str, **asked: Any) -> list[list[str]]:
    """Give the ids of every page; no more than a thousand of them."""
    pages: list[list[str]] = []
    token: dict[str, str] = {}
    for _ in range(1_000):
        body = await search(jira, jql, **asked, **token)
        pages.append([issue["id"] for issue in body["issues"]])
        assert body["isLast"] is ("nextPageToken" not in body)
        if body["isLast"]:
            return pages
        token = {"nextPageToken": body["nextPageToken"]}
    raise AssertionError("the walk does not end")


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


@pytest.mark.parametrize("order", ["created DESC, key DESC", "key ASC", "updated ASC, key ASC"])
async def test_an_edit_between_pages_neither_hides_nor_doubles_another_issue(
    own_jira: httpx.AsyncClient, changing: Running, order: str
) -> None:
    jira = own_jira
    jql = f"project = CLIMATE ORDER BY {order}"
    first = await search(jira, jql, maxResults=10)
    seen = [issue["id"] for issue in first["issues"]]
    edited, gone = seen[-1], seen[3]  # the token stands on the edited one
    await jira.post(f"/_twin/issues/{edited}", json={"assignee": "somebody"})
    await jira.post(f"/_twin/issues/{gone}", json={"delete": True})
    rest = await search(jira, jql, maxResults=5_000, nextPageToken=first["nextPageToken"])
    late = [issue["id"] for issue in rest["issues"] if issue["id"] != edited]
    everyone = {one.id for one in changing.world.issues() if one.key.startswith("CLIMATE-")}
    assert len(late) == len(set(late))
    assert set(seen) | set(late) == everyone | {gone}
    assert not set(seen) & set(late)


async def test_an_edited_issue_becomes_the_last_to_have_been_updated(
    own_jira: httpx.AsyncClient,
) -> None:
    jql = "project = CLIMATE ORDER BY updated ASC, key ASC"
    [before] = await walk(own_jira, jql)
    await own_jira.post(f"/_twin/issues/{before[0]}", json={"assignee": "somebody"})
    assert await walk(own_jira, jql) == [[*before[1:], before[0]]]


async def test_a_change_is_found_by_the_delta_query(own_jira: httpx.AsyncClient) -> None:
    jira = own_jira
    since_ms = int(time.time() * 1000) - 1
    jql = f"updated >= {since_ms} ORDER BY updated ASC, key ASC"
    assert await walk(jira, jql) == [[]]
    edit = await jira.post("/_twin/issues/CB-167", json={"status": "3"})
    assert await walk(jira, jql) == [[edit.json()["id"]]]


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
    answer = await jira.post("/rest/api/3/search/approximate-count", json={"jql": "project = CB"})
    assert answer.json() == {"count": 211}
    unbounded = await jira.post("/rest/api/3/search/approximate-count", json={"jql": ""})
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


def forty_thousand() -> World:
    """Make a world of 40,000 issues out of the bundled ones, under other ids and keys."""
    small = make_world()
    lines = [record.line for record in small.records.values()]
    world = World(small.catalogue, small.moment)
    for copy in range(27):
        for line in lines:
            if len(world.records) == 40_000:
                return world
            issue = read(line)
            key, _, number = issue.key.rpartition("-")
            new_id, new_key = f"{copy}{issue.id:0>9}", f"{key}-{int(number) + copy * 100_000}"
            was = f'"id":"{issue.id}","key":"{issue.key}"'
            renamed = line.replace(was.encode(), f'"id":"{new_id}","key":"{new_key}"'.encode(), 1)
            world.add(renamed, read(renamed))
    raise AssertionError("too few issues")


async def test_forty_thousand_issues_are_walked_without_strain() -> None:
    async with (
        running(forty_thousand()) as twin,
        httpx.AsyncClient(base_url=twin.origin, auth=("a@b", "twin-token"), timeout=30) as jira,
    ):
        await search(jira, ALL)
        started = time.perf_counter()
        pages = await walk(jira, ALL, maxResults=5_000)
        took_seconds = time.perf_counter() - started
        assert [len(page) for page in pages] == [5_000] * 8
        assert len({issue_id for page in pages for issue_id in page}) == 40_000
        assert took_seconds < 4, "half a second a page, some twenty times what it takes alone"
