"""A place to sync in: the session's stores, a database and a queue of the test's own, a twin."""

from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path

import pytest
import pytest_asyncio

from tests.faults.queue_parts import Line, line
from tests.faults.sync_parts import Place, Stores, place
from twin.serving import running

# Redis has sixteen of these; each test has one to itself, emptied before.
_databases = count(1)


@pytest.fixture
def sync_stores(mongo_url: str, queue_url: str, cache_url: str) -> Stores:
    """Give the session's stores, with a queue that no other test uses at the same time."""
    own_queue = f"{queue_url.removesuffix('/0')}/{next(_databases) % 15 + 1}"
    return Stores(mongo_url, own_queue, cache_url)


@pytest_asyncio.fixture
async def sync_place(
    sync_stores: Stores, mongo_database: str, tmp_path: Path
) -> AsyncIterator[Place]:
    """Give a place to sync in; its workers are ended at the end."""
    async with (
        running() as twin,
        place(sync_stores, database=mongo_database, twin=twin, folder=tmp_path) as made,
    ):
        await made.redis.flushdb()
        yield made


@pytest_asyncio.fixture
async def queue_line(sync_stores: Stores) -> AsyncIterator[Line]:
    """Give an empty queue of the test's own."""
    async with line(sync_stores.queue_url) as made:
        yield made
