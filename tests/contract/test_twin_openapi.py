"""What the twin answers is what Atlassian's own OpenAPI description says Jira Cloud answers."""

from typing import Any

import httpx
import pytest

from tests.contract.cloud_description import (
    DESCRIPTION,
    answer_schema,
    described,
    named,
    problems,
)
from tests.contract.twin_calls import ALL, BULK, BUNDLED, CHANGES, COUNT, SEARCH
from twin import requests
from twin.clock import Clock
from twin.gateway import scope_of
from twin.life.founding import Founding, found
from twin.life.people import Life
from twin.making import make_world
from twin.serving import Running
from twin.shifting import parse_instant
from twin.world import World

pytestmark = pytest.mark.skipif(
    not DESCRIPTION.exists(),
    reason="Atlassian's OpenAPI description is not beside this checkout (../shared/data/jira)",
)

THEN = make_world(now_is=parse_instant("2012-04-01"))


MADE = found(Founding(issues=120), seed=5)
Life.of(MADE, Clock(), seed=5).live(400)


@pytest.fixture(params=[BUNDLED, THEN, MADE], ids=["today", "as of 2012-04-01", "made"])
def world(request: pytest.FixtureRequest) -> World:
    made: World = request.param
    return made


def test_the_check_itself_sees_what_is_wrong() -> None:
    """A validator that accepts anything would prove nothing."""
    page = answer_schema("post", SEARCH)
    assert not problems({"issues": [{"id": "1"}], "isLast": True}, page)
    assert problems({"issues": [], "isLast": True, "total": 3}, page), "undocumented"
    assert problems({"issues": [{"id": 1}]}, page), "wrong type, below a reference"
    assert problems({"issues": [{"id": "1", "self": "nowhere"}]}, page), "not an address"
    assert problems({"id": "1", "colour": "red"}, named("StatusDetails")), "an open schema, closed"
    assert problems({"created": "yesterday"}, named("Changelog")), "not an instant"


@pytest.mark.parametrize(
    "path",
    [
        "/rest/api/3/serverInfo",
        "/rest/api/3/myself",
        "/rest/api/3/field",
        "/rest/api/3/status",
        "/rest/api/3/project/search",
        "/rest/api/3/users/search",
    ],
)
async def test_what_the_site_says_of_itself_is_as_described(
    jira: httpx.AsyncClient, path: str
) -> None:
    answer = await jira.get(path)
    assert answer.status_code == 200
    assert not problems(answer.json(), answer_schema("get", path))


async def test_people_asked_for_by_their_accounts_are_as_described(jira: httpx.AsyncClient) -> None:
    """Those who are known, a page at a time; without any the question is refused."""
    known = [one["accountId"] for one in (await jira.get("/rest/api/3/users/search")).json()[:12]]
    asked = [("accountId", account) for account in (*known, "nobody")]
    path = "/rest/api/3/user/bulk"
    answer = await jira.get(path, params=[*asked, ("maxResults", "200")])
    assert not problems(answer.json(), answer_schema("get", path))
    assert [one["accountId"] for one in answer.json()["values"]] == known
    few = (await jira.get(path, params=asked)).json()
    assert (len(few["values"]), few["isLast"]) == (10, False)
    assert (await jira.get(path)).status_code == 400


async def test_versions_and_workflows_are_as_described(
    jira: httpx.AsyncClient, twin: Running
) -> None:
    [project, *_] = twin.world.projects()
    one = {"id": "10", "name": "1.0", "released": True, "archived": False}
    twin.world.catalogue.versions[project.id] = [{**one, "releaseDate": "2026-01-31"}]
    path = "/rest/api/3/project/{projectIdOrKey}/version"
    answer = await jira.get(path.replace("{projectIdOrKey}", project.id))
    assert not problems(answer.json(), answer_schema("get", path))
    assert answer.json()["values"][0]["projectId"] == int(project.id)
    path = "/rest/api/3/workflows/search"
    answer = await jira.get(path)
    assert not problems(answer.json(), answer_schema("get", path))
    assert answer.json()["values"]


@pytest.mark.parametrize("fields", [[], ["key"], ["*navigable"], ["*all"]])
async def test_a_page_of_a_search_is_as_described(
    jira: httpx.AsyncClient, fields: list[str]
) -> None:
    for asked in ({}, {"maxResults": 5_000}, {"expand": "changelog"}):
        answer = await jira.post(SEARCH, json={"jql": ALL, **asked, "fields": fields})
        assert answer.json()["issues"]
        assert not problems(answer.json(), answer_schema("post", SEARCH))
        by_query = await jira.get(SEARCH, params={"jql": ALL, "fields": ",".join(fields)})
        assert not problems(by_query.json(), answer_schema("get", SEARCH))


async def test_the_count_is_as_described(jira: httpx.AsyncClient) -> None:
    answer = await jira.post(COUNT, json={"jql": "created >= 0"})
    assert not problems(answer.json(), answer_schema("post", COUNT))


async def test_a_match_is_as_described(jira: httpx.AsyncClient, twin: Running) -> None:
    ids = [int(issue_id) for issue_id in list(twin.world.records)[:5]]
    path = "/rest/api/3/jql/match"
    asked = {"issueIds": ids, "jqls": ["created >= 0", "colour = red"]}
    answer = await jira.post(path, json=asked)
    assert answer.json()["matches"][0]["matchedIssues"] == ids
    assert not problems(answer.json(), answer_schema("post", path))


async def test_every_issue_and_its_fields_are_as_described(
    jira: httpx.AsyncClient, twin: Running
) -> None:
    """The description leaves `fields` open; their shapes are described elsewhere in it."""
    shapes = {
        "status": "StatusDetails",
        "assignee": "UserDetails",
        "reporter": "UserDetails",
        "creator": "UserDetails",
        "issuetype": "IssueTypeDetails",
        "project": "ProjectDetails",
        "priority": "Priority",
        "resolution": "Resolution",
        "worklog": "PageOfWorklogs",
        "comment": "PageOfComments",
    }
    ids = [*twin.world.records]
    twin.site.withheld = set(ids[::50])
    nullable = {"assignee", "reporter", "creator", "priority", "resolution"}
    properties = {
        name: {"anyOf": [named(shape), *([{"type": "null"}] if name in nullable else [])]}
        for name, shape in shapes.items()
    }
    fields = {"type": "object", "properties": properties}
    for start in range(0, len(ids), 100):
        asked = {"issueIdsOrKeys": ids[start : start + 100], "fields": ["*all"]}
        body = (await jira.post(BULK, json=asked)).json()
        assert body["issueErrors"]
        assert not problems(body, answer_schema("post", BULK))
        for issue in body["issues"]:
            assert not problems(issue["fields"], fields), issue["key"]


async def test_every_changelog_page_is_as_described(jira: httpx.AsyncClient, twin: Running) -> None:
    ids = [*twin.world.records][:1_000]
    asked: dict[str, Any] = {"issueIdsOrKeys": ids, "maxResults": 3_000}
    for _ in range(10):
        body = (await jira.post(CHANGES, json=asked)).json()
        assert body["issueChangeLogs"]
        assert not problems(body, answer_schema("post", CHANGES))
        if "nextPageToken" not in body:
            return
        asked["nextPageToken"] = body["nextPageToken"]
    raise AssertionError("the walk does not end")


async def test_one_issue_and_its_changelog_are_as_described(
    jira: httpx.AsyncClient, twin: Running
) -> None:
    issue = max(twin.world.issues(), key=lambda one: len(one.entries))
    path = "/rest/api/3/issue/{issueIdOrKey}"
    own = (await jira.get(f"/rest/api/3/issue/{issue.key}")).json()
    assert not problems(own, answer_schema("get", path))
    for start in (0, len(issue.entries) - 1):
        query = {"startAt": start, "maxResults": 3}
        page = await jira.get(f"/rest/api/3/issue/{issue.key}/changelog", params=query)
        assert not problems(page.json(), answer_schema("get", f"{path}/changelog"))


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", SEARCH, {"jql": ""}),
        ("POST", COUNT, {"jql": "colour = red"}),
        ("POST", BULK, {"issueIdsOrKeys": []}),
        ("POST", CHANGES, {}),
        ("GET", "/rest/api/3/issue/NOPE-1", None),
        ("GET", "/rest/api/3/search", None),
    ],
)
async def test_a_refusal_is_an_error_collection(
    jira: httpx.AsyncClient, method: str, path: str, body: Any
) -> None:
    answer = await jira.request(method, path, json=body)
    assert answer.status_code in {400, 404, 410}
    assert not problems(answer.json(), named("ErrorCollection"))


async def test_what_the_twin_takes_is_what_is_described() -> None:
    """The request bodies the twin knows have the properties of the description, and no others."""
    for kind, schema in (
        (requests.SearchRequest, "SearchAndReconcileRequestBean"),
        (requests.CountRequest, "JQLCountRequestBean"),
        (requests.MatchRequest, "IssuesAndJQLQueries"),
        (requests.BulkIssuesRequest, "BulkFetchIssueRequestBean"),
        (requests.BulkChangelogRequest, "BulkChangelogRequestBean"),
    ):
        known = {field.alias for field in kind.model_fields.values()}
        assert known == set(described()["components"]["schemas"][schema]["properties"])
    query = {field.alias for field in requests.SearchQuery.model_fields.values()}
    assert query == {one["name"] for one in described()["paths"][SEARCH]["get"]["parameters"]}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("post", SEARCH),
        ("post", COUNT),
        ("post", BULK),
        ("post", CHANGES),
        ("post", "/rest/api/3/jql/match"),
        ("get", "/rest/api/3/myself"),
        ("get", "/rest/api/3/user/bulk"),
        ("get", "/rest/api/3/field"),
        ("get", "/rest/api/3/status"),
        ("get", "/rest/api/3/project/search"),
        ("get", "/rest/api/3/project/{projectIdOrKey}/version"),
        ("get", "/rest/api/3/issue/{issueIdOrKey}"),
        ("get", "/rest/api/3/issue/{issueIdOrKey}/changelog"),
        ("get", "/rest/api/3/workflows/search"),
    ],
)
def test_a_call_needs_the_scope_that_is_described(method: str, path: str) -> None:
    described_call = described()["paths"][path][method]
    classic = [
        each["scopes"]
        for each in described_call["x-atlassian-oauth2-scopes"]
        if each["state"] == "Current"
    ]
    assert classic == [[scope_of(path)]]
