"""Fixtures of the sync API's tests: a queue of each test's own, and the API over it."""

from collections.abc import AsyncIterator
from itertools import count

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from tests.contract.twin_calls import few
from tests.rpc.sync_service import Sync, SyncStores, sync_service

# Redis has sixteen of these; each test has one to itself, emptied before.
_databases = count(1)


@pytest.fixture
def sync_stores(mongo_url: str, queue_url: str, cache_url: str, mongo_database: str) -> SyncStores:
    """Give the session's stores, with a queue that no other test uses at the same time."""
    own_queue = f"{queue_url.removesuffix('/0')}/{next(_databases) % 15 + 1}"
    return SyncStores(mongo_url, own_queue, cache_url, mongo_database)


@pytest_asyncio.fixture
async def api(sync_stores: SyncStores) -> AsyncIterator[Sync]:
    """Run the sync API with a twin of two projects, some three pages."""
    async with Redis.from_url(sync_stores.queue_url) as redis:
        await redis.flushdb()
    async with sync_service(sync_stores, world=few()) as made:
        yield made
