"""What the twin answers is what Atlassian's own OpenAPI description says Jira Cloud answers."""

import gzip
import json
from collections.abc import AsyncIterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from jsonschema import Draft202012Validator, FormatChecker

from twin.making import make_world
from twin.serving import Running, running
from twin.shifting import parse_instant

DESCRIPTION = (
    Path(__file__).parents[3] / "shared" / "data" / "jira" / "openapi-cloud-v3.2026-03.json.gz"
)
pytestmark = pytest.mark.skipif(
    not DESCRIPTION.exists(),
    reason="Atlassian's OpenAPI description is not beside this checkout (../shared/data/jira)",
)

SEARCH = "/rest/api/3/search/jql"
COUNT = "/rest/api/3/search/approximate-count"
BULK = "/rest/api/3/issue/bulkfetch"
CHANGES = "/rest/api/3/changelog/bulkfetch"
ALL = {"jql": "created >= 0 ORDER BY created ASC, key ASC"}
THEN = make_world(now_is=parse_instant("2012-04-01"))
TODAY = make_world()

FORMATS = FormatChecker(formats=())


@FORMATS.checks("date-time", raises=ValueError)
def is_instant(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


@FORMATS.checks("uri", raises=ValueError)
def is_address(value: object) -> bool:
    return not isinstance(value, str) or bool(urlsplit(value).scheme and urlsplit(value).netloc)


@FORMATS.checks("int32")
def is_int32(value: object) -> bool:
    return not isinstance(value, int) or -(2**31) <= value < 2**31


@FORMATS.checks("int64")
def is_int64(value: object) -> bool:
    return not isinstance(value, int) or -(2**63) <= value < 2**63


@cache
def described() -> Any:
    """Read the description, made as strict as it reads.

    Where it lists properties, others are refused, also where it leaves the schema open;
    `nullable` becomes JSON Schema. Two schemas say less than the description's own examples
    show: a change's ends may be null, and `created` is a number in changelog/bulkfetch.
    """
    with gzip.open(DESCRIPTION) as file:
        description = json.load(file)
    schemas = description["components"]["schemas"]
    strict(schemas)
    for end in ("from", "fromString", "to", "toString"):
        schemas["ChangeDetails"]["properties"][end]["type"] = ["string", "null"]
    bulk = json.loads(json.dumps(schemas["Changelog"]))
    bulk["properties"]["created"] = {"type": "integer", "minimum": 10**11}
    schemas["BulkChangelog"] = bulk
    histories = schemas["IssueChangeLog"]["properties"]["changeHistories"]
    histories["items"] = {"$ref": "#/components/schemas/BulkChangelog"}
    return description


def strict(node: Any) -> None:
    if isinstance(node, list):
        for each in node:
            strict(each)
    if not isinstance(node, dict):
        return
    if node.get("type") == "object" and "properties" in node:
        node["additionalProperties"] = False
    if node.get("nullable") is True and isinstance(node.get("type"), str):
        node["type"] = [node["type"], "null"]
    for each in node.values():
        strict(each)


@cache
def validator(schema: str) -> Draft202012Validator:
    whole = {**json.loads(schema), "components": described()["components"]}
    return Draft202012Validator(whole, format_checker=FORMATS)


def problems(value: Any, schema: dict[str, Any]) -> list[str]:
    found = validator(json.dumps(schema)).iter_errors(value)
    return [f"{error.json_path}: {error.message[:200]}" for error in found]


def answer_schema(method: str, path: str, status: str = "200") -> dict[str, Any]:
    answer = described()["paths"][path][method]["responses"][status]
    schema = answer["content"]["application/json"]["schema"]
    assert isinstance(schema, dict)
    return schema


def named(schema: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{schema}"}


@pytest.fixture(params=[TODAY, THEN], ids=["today", "as of 2012-04-01"])
async def twin(request: pytest.FixtureRequest) -> AsyncIterator[Running]:
    async with running(request.param) as serving:
        yield serving


@pytest.fixture
async def jira(twin: Running) -> AsyncIterator[httpx.AsyncClient]:
    who = ("anyone@example.test", "twin-token")
    async with httpx.AsyncClient(base_url=twin.origin, auth=who, timeout=30) as client:
        yield client


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
    ],
)
async def test_what_the_site_says_of_itself_is_as_described(
    jira: httpx.AsyncClient, path: str
) -> None:
    answer = await jira.get(path)
    assert answer.status_code == 200
    assert not problems(answer.json(), answer_schema("get", path))


@pytest.mark.parametrize("fields", [[], ["key"], ["*navigable"], ["*all"]])
async def test_a_page_of_a_search_is_as_described(
    jira: httpx.AsyncClient, fields: list[str]
) -> None:
    for asked in ({}, {"maxResults": 5_000}):
        answer = await jira.post(SEARCH, json={**ALL, **asked, "fields": fields})
        assert answer.json()["issues"]
        assert not problems(answer.json(), answer_schema("post", SEARCH))
        by_query = await jira.get(SEARCH, params={**ALL, "fields": ",".join(fields)})
        assert not problems(by_query.json(), answer_schema("get", SEARCH))


async def test_the_count_is_as_described(jira: httpx.AsyncClient) -> None:
    answer = await jira.post(COUNT, json={"jql": "created >= 0"})
    assert not problems(answer.json(), answer_schema("post", COUNT))


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
    nullable = {"assignee", "reporter", "creator", "priority", "resolution"}
    properties = {
        name: {"anyOf": [named(shape), *([{"type": "null"}] if name in nullable else [])]}
        for name, shape in shapes.items()
    }
    fields = {"type": "object", "properties": properties}
    for start in range(0, len(ids), 100):
        asked = {"issueIdsOrKeys": [*ids[start : start + 99], "0"], "fields": ["*all"]}
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
    from twin import requests  # noqa: PLC0415 - the one test that looks inside

    for kind, schema in (
        (requests.SearchRequest, "SearchAndReconcileRequestBean"),
        (requests.CountRequest, "JQLCountRequestBean"),
        (requests.BulkIssuesRequest, "BulkFetchIssueRequestBean"),
        (requests.BulkChangelogRequest, "BulkChangelogRequestBean"),
    ):
        known = {field.alias for field in kind.model_fields.values()}
        assert known == set(described()["components"]["schemas"][schema]["properties"])
    query = {field.alias for field in requests.SearchQuery.model_fields.values()}
    assert query == {one["name"] for one in described()["paths"][SEARCH]["get"]["parameters"]}
