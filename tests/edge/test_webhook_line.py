"""The whole line: a site's own webhooks, over TLS, through Envoy, to the issue that is stored."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redis.asyncio import Redis

from jira_analytics.sync.v1 import sync_pb2
from services.gateway.deployment import Endpoint
from services.gateway.policy import LOAD_FACTOR
from services.kernel.documents import ISSUES
from services.sync.domain.translate import instant
from tests.contract.twin_calls import few, signed_in
from tests.edge.gateway_under_test import Certificates, Gateway
from tests.edge.upstreams import LOCALHOST, Upstreams
from tests.faults.waiting import until
from tests.rpc.hook_sending import hooked
from tests.rpc.sync_fixtures import sync_stores
from tests.rpc.sync_service import Sync, SyncStores, sync_service
from twin.life.people import Life
from twin.truth import truth_of

__all__ = ["sync_stores"]
EVENTS = ["jira:issue_created", "jira:issue_updated", "jira:issue_deleted", "comment_created"]


@dataclass(frozen=True, slots=True)
class Line:
    """The product behind its gateway, and a site that tells it of everything."""

    api: Sync
    redis: Redis

    async def stored(self) -> dict[str, tuple[str, int]]:
        """Give the status and last change of each issue that is stored and there."""
        found = await self.api.database[ISSUES].find({"deleted": None}).to_list()
        return {one["issue_id"]: (one["status_id"], one["updated"]) for one in found}

    def there(self) -> dict[str, tuple[str, int]]:
        """Give the same of each issue that the site has."""
        issues = truth_of(self.api.twin.site).issues
        fields = {issue["id"]: issue["fields"] for issue in issues}
        return {
            issue_id: (one["status"]["id"], instant(one["updated"]))
            for issue_id, one in fields.items()
        }

    async def settled(self) -> None:
        """Wait until the site has sent everything, and no mark is left."""

        async def quiet() -> bool:
            await self.api.twin.site.courier.settle()
            waits = self.api.twin.site.courier.pending()["waiting"]
            return not waits and not await self.redis.zcard("dirty")

        await until(quiet, str)


@asynccontextmanager
async def line(
    stores: SyncStores, upstreams: Upstreams, folder: Path, **trouble: Any
) -> AsyncIterator[Line]:
    """Connect a site, collect it, and register its webhook; the worker works until left."""
    certificates = Certificates(folder)
    async with (
        Redis.from_url(stores.queue_url) as redis,
        sync_service(stores, world=few(), hook_ca=str(certificates.authority)) as api,
        api.working(),
    ):
        await redis.flushdb()
        gateway = Gateway(
            folder,
            upstreams,
            factor=LOAD_FACTOR,
            certificates=certificates,
            sync=Endpoint(LOCALHOST, api.port),
        )
        # The service that Envoy asks for its health is in this very loop.
        await asyncio.to_thread(gateway.__enter__)
        try:
            await api.connect()
            last = (await api.watched(await api.start()))[-1]
            assert last.state == sync_pb2.SyncJob.SUCCEEDED
            hook = await hooked(api)
            async with signed_in(api.twin) as jira:
                url = f"https://localhost:{gateway.port}/api/webhooks/jira/{hook.connection_id}"
                form = {"name": "x", "url": url, "events": EVENTS, "secret": hook.secret}
                registered = await jira.post("/rest/webhooks/1.0/webhook", json=form)
                assert registered.status_code == 201, registered.text
                if trouble:
                    assert (await jira.post("/_twin/hooks", json=trouble)).is_success
            yield Line(api, redis)
        finally:
            await asyncio.to_thread(gateway.__exit__)


async def test_what_people_do_is_stored(
    sync_stores: SyncStores, upstreams: Upstreams, tmp_path: Path
) -> None:
    """Edits, new issues, comments, moves and deletions, told twice, late and in any order.

    No sync is started: what is stored in the end is what the site has.
    """
    async with line(
        sync_stores, upstreams, tmp_path, seed=5, doubled=0.3, spread_ms=60_000, compress=60
    ) as there:
        jobs = await there.api.database["jobs"].count_documents({})
        before = await there.stored()
        assert before == there.there()
        Life.of(there.api.twin.world, there.api.twin.site.clock, seed=3).live(40)
        await there.settled()
        after = await there.stored()
        assert after == there.there()
        assert set(before) - set(after), "nobody deleted anything"
        assert set(after) - set(before), "nobody filed anything"
        assert await there.api.database["jobs"].count_documents({}) == jobs
        counted = there.api.twin.site.courier.counted
        assert counted["200"] > 40, counted
        assert +counted == {"200": counted["200"]}, counted
