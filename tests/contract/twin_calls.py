"""What the twin is asked, and the worlds it is asked about."""

import ssl
from copy import deepcopy
from typing import Any

import httpx

from twin.history import read
from twin.making import make_world
from twin.serving import Running
from twin.world import World

SEARCH = "/rest/api/3/search/jql"
COUNT = "/rest/api/3/search/approximate-count"
BULK = "/rest/api/3/issue/bulkfetch"
CHANGES = "/rest/api/3/changelog/bulkfetch"
ME = "/rest/api/3/myself"
ALL = "created >= 0 ORDER BY created ASC, key ASC"
BUNDLED = make_world()  # shared, so no test changes it
TRUST = ssl.create_default_context()  # reading it takes a tenth of a second, for each client


def few() -> World:
    """Make a small world to change: two projects of the bundled one."""
    world = World(deepcopy(BUNDLED.catalogue), BUNDLED.moment)
    for record in BUNDLED.records.values():
        if record.project.key in {"CB", "CLIMATE"}:
            world.add(record.line, read(record.line))
    return world


def signed_in(twin: Running) -> httpx.AsyncClient:
    who = ("anyone@example.test", "twin-token")
    return httpx.AsyncClient(base_url=twin.origin, auth=who, timeout=30, verify=TRUST)


async def posted(jira: httpx.AsyncClient, path: str, **body: Any) -> Any:
    answer = await jira.post(path, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def search(jira: httpx.AsyncClient, jql: str, **asked: Any) -> Any:
    return await posted(jira, SEARCH, jql=jql, **asked)


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


async def misbehave(jira: httpx.AsyncClient, **fault: Any) -> None:
    assert (await jira.post("/_twin/faults", json=fault)).status_code == 200


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
