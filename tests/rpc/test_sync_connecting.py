"""Whatever answers at an address, connecting it says what is wrong, and leaves nothing behind."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc
import pytest
from aiohttp import web

from jira_analytics.sync.v1 import connection_pb2 as pb
from tests.rpc.auth_service import refused
from tests.rpc.sync_fixtures import api, sync_stores
from tests.rpc.sync_service import Sync, SyncStores, sync_service
from tests.rpc.sync_stored import everything

__all__ = ["api", "sync_stores"]

JSON = "application/json"
# All that is said of a refusal, with its details.
LONGEST = 2000
ANSWERS = {
    "a page": {"text": "<h1>welcome</h1>", "content_type": "text/html"},
    "a server of one's own": {"text": '{"deploymentType": "Server"}', "content_type": JSON},
    "JSON of another shape": {"text": "[1]", "content_type": JSON},
    "JSON of another kind": {"text": '{"deploymentType": ["Cloud"]}', "content_type": JSON},
    "a kind that cannot be said": {"text": '{"deploymentType": "\\ud800"}', "content_type": JSON},
    "a kind without end": {
        "text": f'{{"deploymentType": "{"Cloud " * 100_000}"}}',
        "content_type": JSON,
    },
    "JSON too deep to read": {"text": "[" * 100_000, "content_type": JSON},
    "nothing": {"status": 404},
    "a login": {"status": 401},
    "a redirect": {"status": 302, "headers": {"Location": "http://127.0.0.1:9/"}},
}


@asynccontextmanager
async def other_site(**answer: Any) -> AsyncIterator[str]:
    """Serve something that is no Jira Cloud, and answers everything alike."""

    async def handle(_request: web.Request) -> web.Response:
        return web.Response(**answer)

    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield "http://{}:{}".format(*runner.addresses[0])
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
async def test_what_is_no_jira_is_told_apart(sync_stores: SyncStores, answer: Any) -> None:
    """Something else that answers is FAILED_PRECONDITION, and nothing is kept of the attempt."""
    async with (
        other_site(**answer) as origin,
        sync_service(sync_stores, other_sites=(origin,)) as api,
    ):
        async with refused("SITE_NOT_JIRA") as seen:
            await api.connect(site_url=origin)
        assert seen[0].code is grpc.StatusCode.FAILED_PRECONDITION
        assert api.twin.site.token not in seen[0].everything
        assert len(seen[0].everything) < LONGEST
        assert await everything(api.database) == {}


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:1",
        "http://example.atlassian.net",
        "https://atlassian.net.example.com",
        "https://example.atlassian.net:8443",
        "https://ann@example.atlassian.net",
        "https://example.atlassian.net\\@example.com",
        "https://169.254.169.254",
        "https://[::1]",
        "https://2130706433",
        "file:///etc/passwd",
        "example",
    ],
)
async def test_an_address_that_may_not_be_called_is_told_apart(api: Sync, address: str) -> None:
    """Such an address is INVALID_ARGUMENT of site_url, and nothing is kept of the attempt."""
    async with refused("SITE_NOT_ALLOWED") as seen:
        await api.connect(site_url=address)
    assert seen[0].code is grpc.StatusCode.INVALID_ARGUMENT
    assert seen[0].metadata == {"field": "site_url"}
    assert await everything(api.database) == {}


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "Site"}, "name"),
        ({"name": "con_1"}, "name"),
        ({"name": "a" * 64}, "name"),
        ({"source": pb.Connection.SOURCE_UNSPECIFIED}, "source"),
        ({"site_url": ""}, "site_url"),
        ({"email": "ann"}, "email"),
        ({"email": "ann:x@example.com"}, "email"),
        ({"api_token": ""}, "api_token"),
        ({"api_token": "a\r\nb"}, "api_token"),
        ({"scope": pb.Scope(projects=['A" OR "B'])}, "scope.projects[0]"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_field_that_cannot_be_is_named(api: Sync, fields: Any, field: str) -> None:
    """What cannot be accepted is INVALID_ARGUMENT with the field's name; the site is not asked."""
    async with refused("INVALID_FIELD") as seen:
        await api.connect(**fields)
    assert seen[0].code is grpc.StatusCode.INVALID_ARGUMENT
    assert seen[0].metadata == {"field": field}
    assert not api.twin.site.calls.counted


async def test_of_ten_who_take_a_name_at_once_nine_leave_nothing(api: Sync) -> None:
    """Ten are tried at once; of the nine that lose, no collection holds a thing."""
    attempts = (api.connect("wanted") for _ in range(10))
    answers = await asyncio.gather(*attempts, return_exceptions=True)
    [made] = [answer for answer in answers if isinstance(answer, pb.Connection)]
    failed = [answer for answer in answers if isinstance(answer, grpc.aio.AioRpcError)]
    assert [error.code() for error in failed] == [grpc.StatusCode.ALREADY_EXISTS] * 9
    stored = await everything(api.database)
    told = stored.pop("audit_outbox", [])
    assert [event["target_id"] for event in told] in ([], [made.id])
    assert {name: [row["_id"] for row in rows] for name, rows in stored.items()} == {
        "connections": [made.id],
        "connection_names": ["wsp_1/wanted"],
        "connection_states": [made.id],
    }
