"""How the twin's search is behind, and how it pages wrongly, when it is asked to."""

from itertools import pairwise
from typing import Any

import httpx
import pytest

from tests.contract.twin_calls import ALL, BULK, CHANGES, COUNT, SEARCH, few, posted, search, walk
from twin.serving import Running
from twin.world import World

MATCH = "/rest/api/3/jql/match"
ORDER = "ORDER BY updated ASC, key ASC"


@pytest.fixture
def world() -> World:
    return few()


async def lag(jira: httpx.AsyncClient, **asked: Any) -> None:
    assert (await jira.post("/_twin/index", json=asked)).status_code == 200


async def found(jira: httpx.AsyncClient, jql: str, **asked: Any) -> set[str]:
    return {issue_id for page in await walk(jira, jql, **asked) for issue_id in page}


async def test_a_change_is_found_only_when_the_index_has_learnt_of_it(
    jira: httpx.AsyncClient, twin: Running
) -> None:
    await lag(jira, least_ms=30_000, most_ms=30_000, copies=1)
    since_ms = twin.site.clock.now_ms()
    edit = (await jira.post("/_twin/issues/CB-167", json={"status": "3"})).json()
    jql = f"updated >= {since_ms} {ORDER}"
    assert await found(jira, jql) == set()
    [issue] = (await posted(jira, BULK, issueIdsOrKeys=[edit["id"]]))["issues"]
    assert issue["fields"]["status"]["id"] == "3", "by id it is read as it is"
    assert await found(jira, jql, reconcileIssues=[int(edit["id"])]) == {edit["id"]}
    assert await found(jira, jql) == set(), "reconciling is of one query"
    assert (await jira.get("/_twin/index")).json() == {"late": True}
    await jira.post("/_twin/clock", json={"advance_ms": 30_000})
    assert await found(jira, jql) == {edit["id"]}
    assert (await jira.get("/_twin/index")).json() == {"late": False}


async def test_a_deleted_issue_is_found_a_while_and_read_no_more(
    jira: httpx.AsyncClient, twin: Running
) -> None:
    await lag(jira, least_ms=5_000, most_ms=5_000, copies=1)
    gone = twin.world.find("CB-167")
    assert gone is not None
    jql = f"project = CB {ORDER}"
    count = (await posted(jira, COUNT, jql=jql))["count"]
    await jira.post("/_twin/issues/CB-167", json={"delete": True})
    assert gone.id in await found(jira, jql)
    assert (await posted(jira, COUNT, jql=jql))["count"] == count
    assert gone.id not in await found(jira, jql, fields=["status"])
    assert (await posted(jira, BULK, issueIdsOrKeys=[gone.id]))["issues"] == []
    await jira.post("/_twin/clock", json={"advance_ms": 5_000})
    assert gone.id not in await found(jira, jql)
    assert (await posted(jira, COUNT, jql=jql))["count"] == count - 1


async def test_what_one_query_shows_the_next_may_not_until_all_copies_know(
    jira: httpx.AsyncClient, twin: Running
) -> None:
    await lag(jira, seed=4, least_ms=1_000, most_ms=600_000, copies=4)
    since_ms = twin.site.clock.now_ms()
    for record in list(twin.world.records.values())[:40]:
        await jira.post(f"/_twin/issues/{record.id}", json={"assignee": "somebody"})
    await jira.post("/_twin/clock", json={"advance_ms": 200_000})
    jql = f"updated >= {since_ms} {ORDER}"
    seen = [await found(jira, jql, maxResults=5_000) for _ in range(12)]
    assert any(earlier - later for earlier, later in pairwise(seen))
    await jira.post("/_twin/clock", json={"advance_ms": 400_000})
    assert len(await found(jira, jql)) == 40


async def test_of_two_changes_the_first_is_seen_before_the_second(
    jira: httpx.AsyncClient,
) -> None:
    await lag(jira, least_ms=30_000, most_ms=30_000, copies=1)
    edit = (await jira.post("/_twin/issues/CB-167", json={"status": "3"})).json()
    await jira.post("/_twin/clock", json={"advance_ms": 20_000})
    await jira.post("/_twin/issues/CB-167", json={"status": "10000"})
    for status in ("3", "10000"):
        assert edit["id"] not in await found(jira, f"status = {status}")
    await jira.post("/_twin/clock", json={"advance_ms": 10_000})
    assert edit["id"] in await found(jira, "status = 3")
    await jira.post("/_twin/clock", json={"advance_ms": 20_000})
    assert edit["id"] in await found(jira, "status = 10000")


async def test_an_index_that_catches_up_shows_everything(jira: httpx.AsyncClient) -> None:
    await lag(jira, least_ms=60_000, most_ms=60_000)
    await jira.post("/_twin/issues/CB-167", json={"delete": True})
    await jira.delete("/_twin/index")
    assert len(await found(jira, "project = CB")) == 210


async def trouble(jira: httpx.AsyncClient, **asked: Any) -> None:
    assert (await jira.post("/_twin/paging", json=asked)).status_code == 200


@pytest.mark.parametrize("kind", ["empty", "short"])
async def test_empty_and_short_pages_lose_nothing(
    jira: httpx.AsyncClient, twin: Running, kind: str
) -> None:
    await trouble(jira, seed=2, **{kind: 0.5})
    pages = await walk(jira, ALL, maxResults=20)
    sizes = {len(page) for page in pages[:-1]}
    assert (0 in sizes) is (kind == "empty")
    assert len(sizes) > 1
    assert sorted(id_ for page in pages for id_ in page) == sorted(twin.world.records)


async def test_a_token_may_be_too_old_at_once(jira: httpx.AsyncClient) -> None:
    await trouble(jira, expired=1)
    token = (await search(jira, ALL))["nextPageToken"]
    answer = await jira.post(SEARCH, json={"jql": ALL, "nextPageToken": token})
    assert answer.status_code == 400
    await trouble(jira)
    assert (await search(jira, ALL))["nextPageToken"]


@pytest.mark.parametrize("path", [SEARCH, CHANGES])
async def test_a_token_may_be_given_twice(
    jira: httpx.AsyncClient, twin: Running, path: str
) -> None:
    ids = list(twin.world.records)[:50]
    asked: dict[str, Any] = {"issueIdsOrKeys": ids} if path == CHANGES else {"jql": ALL}
    asked["maxResults"] = 10
    token = (await posted(jira, path, **asked))["nextPageToken"]
    await trouble(jira, repeated=1)
    for _ in range(2):
        assert (await posted(jira, path, **asked, nextPageToken=token))["nextPageToken"] == token


async def test_match_says_which_issues_a_query_would_find(
    jira: httpx.AsyncClient, twin: Running
) -> None:
    climate = [one.number for one in twin.world.records.values() if one.project.key == "CLIMATE"]
    own = twin.world.find("CB-167")
    assert own is not None
    ids = [own.number, *climate[:2]]
    jqls = ["project = CB", "project = NOPE", f"id in ({ids[1]}, {ids[2]})", ""]
    body = await posted(jira, MATCH, issueIds=[*ids, 99], jqls=jqls)
    assert [one["matchedIssues"] for one in body["matches"]] == [ids[:1], [], ids[1:], []]
    assert [bool(one["errors"]) for one in body["matches"]] == [False, True, False, True]


@pytest.mark.parametrize(
    ("jql", "words"),
    [
        (
            "key in (CB-167, CB-99999)",
            "An issue with key 'CB-99999' does not exist for field 'key'.",
        ),
        ("key >= CB-99999", "An issue with key 'CB-99999' does not exist for field 'key'."),
        ("id = 99", "A value with ID '99' does not exist for the field 'id'."),
        ("status = Cooked", "The value 'Cooked' does not exist for the field 'status'."),
        ("project = CB OR project = NOPE", "The value 'NOPE' does not exist for the field"),
    ],
)
async def test_values_that_are_not_there_are_refused(
    jira: httpx.AsyncClient, jql: str, words: str
) -> None:
    answer = await jira.post(SEARCH, json={"jql": jql})
    assert answer.status_code == 400
    assert answer.json()["errorMessages"][0].startswith(words)


async def test_slices_are_disjoint_and_whole(jira: httpx.AsyncClient, twin: Running) -> None:
    instants = sorted(record.created_ms for record in twin.world.records.values())
    middle = instants[len(instants) // 2]
    early = await found(jira, f"created < {middle}")
    late = await found(jira, f"created >= {middle}")
    assert early | late == set(twin.world.records)
    assert not early & late
    below = await found(jira, "project = CB AND key < CB-167")
    above = await found(jira, "key >= CB-167")
    assert below | above == await found(jira, "project = CB")
    assert not below & above


async def test_fields_restrict_as_they_are_shown(jira: httpx.AsyncClient, twin: Running) -> None:
    truth = {issue.id: issue.fields for issue in twin.world.issues()}
    closed = {id_ for id_, fields in truth.items() if fields["status"]["name"] == "Closed"}
    assert await found(jira, "status = closed") == closed
    assert await found(jira, "status != Closed") == set(truth) - closed
    done = {id_ for id_ in truth if truth[id_]["status"]["id"] in {"5", "6"}}
    assert await found(jira, "statusCategory = Done") == done
    unresolved = {id_ for id_, fields in truth.items() if not fields["resolution"]}
    assert await found(jira, "resolution is EMPTY") == unresolved
    named = {id_ for id_ in truth if (truth[id_]["resolution"] or {}).get("name") == "Unresolved"}
    assert await found(jira, "resolution = Unresolved") == unresolved | named
    bugs = {id_ for id_, fields in truth.items() if fields["issuetype"]["name"] == "Bug"}
    assert await found(jira, "type in (Bug) AND NOT resolution is EMPTY") == bugs - unresolved
