"""Lists in pages: each row once, in order, and no page token but our own."""

import base64

import pytest

from jira_analytics.sync.v1 import connection_pb2, sync_pb2
from tests.rpc.auth_service import refused
from tests.rpc.sync_fixtures import api, sync_stores
from tests.rpc.sync_service import Sync

__all__ = ["api", "sync_stores"]

Connections = connection_pb2.ListConnectionsRequest
Jobs = sync_pb2.ListSyncJobsRequest


def encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


async def paged(api: Sync, kind: type[Connections] | type[Jobs], rows: str) -> list[list[str]]:
    """Ask for pages of three until there are no more; no more than ten."""
    pages, token = [], ""
    for _ in range(10):
        page = await api.ask(kind(page_size=3, page_token=token))
        pages.append([row.id for row in getattr(page, rows)])
        token = page.next_page_token
        if not token:
            return pages
    raise AssertionError("the pages do not end")


async def test_seven_connections_are_three_pages(api: Sync) -> None:
    """They come by name, each once, and a whole list holds the same."""
    made = {name: (await api.connect(name)).id for name in "gcafbed"}
    pages = await paged(api, Connections, "connections")
    by_name = [made[name] for name in sorted(made)]
    assert pages == [by_name[:3], by_name[3:6], by_name[6:]]
    assert [row.id for row in (await api.ask(Connections())).connections] == by_name


async def test_pages_that_end_evenly_have_no_empty_one_behind(api: Sync) -> None:
    """Six rows in pages of three are two pages."""
    for name in "abcdef":
        await api.connect(name)
    assert [len(page) for page in await paged(api, Connections, "connections")] == [3, 3]


async def test_what_comes_and_goes_between_pages_moves_no_other_row(api: Sync) -> None:
    """A row is neither skipped nor told twice, though others are deleted or made meanwhile."""
    made = {name: (await api.connect(name)).id for name in "bcdef"}
    first = await api.ask(Connections(page_size=2))
    await api.ask(connection_pb2.DeleteConnectionRequest(connection_id="c"))
    await api.connect("a")
    rest = await api.ask(Connections(page_token=first.next_page_token))
    assert [row.id for row in rest.connections] == [made[name] for name in "def"]


async def test_seven_jobs_are_three_pages(api: Sync) -> None:
    """They come the latest first, each once; by connection, only its own."""
    started = []
    for name in "abcdefg":
        await api.connect(name)
        started.append((await api.start(name)).id)
    latest = started[::-1]
    assert await paged(api, Jobs, "jobs") == [latest[:3], latest[3:6], latest[6:]]
    for number, name in enumerate("abcdefg"):
        [own] = (await api.ask(Jobs(connection_id=name))).jobs
        assert own.id == started[number]


GARBAGE = {
    "not base64": "%%%",
    "half a byte": "a",
    "too long": "x" * 201,
    "not text": base64.urlsafe_b64encode(b"\xff\xfe").decode().rstrip("="),
    "no name": encoded("NOT A NAME"),
    "no instant": encoded("yesterday/job_1"),
    "no job": encoded("17/"),
    "beyond all time": encoded(f"{'9' * 30}/job_1"),
}
BOTH = ("not base64", "half a byte", "too long", "not text")


@pytest.mark.parametrize("token", [*BOTH, "no name"])
async def test_a_token_that_is_not_ours_lists_no_connections(api: Sync, token: str) -> None:
    """It is INVALID_ARGUMENT of page_token."""
    async with refused("INVALID_FIELD") as seen:
        await api.ask(Connections(page_token=GARBAGE[token]))
    assert seen[0].metadata == {"field": "page_token"}


@pytest.mark.parametrize("token", [*BOTH, "no instant", "no job", "beyond all time"])
async def test_a_token_that_is_not_ours_lists_no_jobs(api: Sync, token: str) -> None:
    """It is INVALID_ARGUMENT of page_token."""
    async with refused("INVALID_FIELD") as seen:
        await api.ask(Jobs(page_token=GARBAGE[token]))
    assert seen[0].metadata == {"field": "page_token"}


@pytest.mark.parametrize("size", [-1, 1001])
async def test_a_page_is_of_1_to_1000_rows(api: Sync, size: int) -> None:
    """Other sizes are INVALID_ARGUMENT of page_size."""
    for kind in (Connections, Jobs):
        async with refused("INVALID_FIELD") as seen:
            await api.ask(kind(page_size=size))
        assert seen[0].metadata == {"field": "page_size"}
