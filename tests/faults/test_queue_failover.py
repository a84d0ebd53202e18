"""A replica that was behind takes over the queue: jobs are in MongoDB, and each ends once (Q10)."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from services.kernel.audit import Actor
from services.kernel.connection import Source
from services.kernel.ids import UserId
from services.kernel.sync_job import JobState, SyncJob
from services.sync.connecting import Offered
from services.sync.domain.lanes import Lane
from services.sync.domain.selection import Selection
from services.sync.domain.site import site_of
from services.sync.queue import job_queue
from services.sync.queue_server import TooFewReplicas
from services.sync.sources.jira_cloud import Credential
from services.sync.store.connections import Connection
from tests.faults.proxy import Way, way_to
from tests.faults.queue_parts import Line, connections, line
from tests.faults.replicated import Replicated, replicated
from tests.faults.small_site import FEW, SMALL
from tests.faults.sync_parts import WORKSPACE, Place, Stores, place
from twin.serving import running
from twin.site import ACCEPTED_TOKEN

[ONE, TWO] = connections(2)


@pytest_asyncio.fixture
async def pair(tmp_path: Path) -> AsyncIterator[Replicated]:
    """Give a queue's server with a replica that has caught up."""
    async with replicated(tmp_path) as made:
        yield made


@dataclass
class Sites:
    """Connections to one small site, each by a way of its own that can be cut."""

    there: Place
    stack: AsyncExitStack
    ways: dict[str, Way] = field(default_factory=dict)
    made: dict[str, Connection] = field(default_factory=dict)
    jobs: dict[str, SyncJob] = field(default_factory=dict)

    async def connect(self, name: str) -> None:
        """Connect one; nothing passes to it."""
        port = int(self.there.twin.origin.rsplit(":", 1)[1])
        way = self.ways[name] = await self.stack.enter_async_context(way_to(port))
        origin = f"http://127.0.0.1:{way.port}"
        known = self.there.environment["EXTRA_SITES"]
        self.there.environment["EXTRA_SITES"] = f"{known},{origin}"
        self.made[name] = await self.there.connections.create(
            Actor(UserId("usr_1"), WORKSPACE),
            Offered(
                name,
                Source.JIRA_CLOUD,
                site_of(origin, registered=[origin]),
                Credential("ann@example.com", ACCEPTED_TOKEN),
                Selection((SMALL,)),
            ),
        )
        way.cut()

    async def start(self, name: str) -> None:
        """Ask for a sync of one."""
        self.jobs[name] = await self.there.start(self.made[name])

    async def begun(self, *names: str) -> None:
        """Wait until a worker has claimed these; each hangs at its site until that is opened."""
        for name in names:
            await self.there.until_state(self.jobs[name], JobState.RUNNING)

    async def finished(self, *names: str) -> None:
        """Wait until these have succeeded."""
        for name in names:
            await self.there.finished(self.jobs[name])

    def open(self, *names: str) -> None:
        """Let calls of these pass to the site."""
        for name in names:
            self.ways[name].heal()

    async def epoch(self, name: str) -> int:
        """Tell how often one was claimed."""
        return int((await self.there.state(self.made[name]))["epoch"])


async def _unheard(sites: Sites, pair: Replicated) -> None:
    """Have two jobs begin; then a replica hears nothing of two ends and a claim."""
    for name in ("ends", "runs", "waits", "claimed", "put"):
        await sites.connect(name)
    sites.there.environment["WORKER_CONCURRENCY"] = "2"
    await sites.start("ends")
    await sites.start("runs")
    sites.there.worker()
    await sites.begun("ends", "runs")
    await sites.start("waits")
    await pair.caught_up()
    pair.part()
    # Heard of as active, and as waiting: both are done while the replica hears nothing.
    sites.open("ends", "waits")
    await sites.finished("ends", "waits")
    # Never heard of: one that is claimed, and one that waits.
    await sites.start("claimed")
    await sites.begun("claimed")


async def test_a_replica_that_was_behind_takes_over(
    sync_stores: Stores, pair: Replicated, mongo_database: str, tmp_path: Path
) -> None:
    """Whatever it has not heard of (a put, a claim, an end), each job is done, and ends once.

    Also one whose put was refused because it should have heard of it: the job is kept.
    """
    stores = Stores(sync_stores.mongo_url, pair.url, sync_stores.cache_url, queue_replicas=1)
    async with (
        job_queue(pair.url) as jobs,
        running() as twin,
        place(stores, database=mongo_database, twin=twin, folder=tmp_path) as there,
        AsyncExitStack() as stack,
    ):
        sites = Sites(there, stack)
        await _unheard(sites, pair)
        with capture_logs() as said:
            await sites.start("put")
        assert "0 of 1 replicas" in said[-1]["error"]
        behind = Line(pair.url, jobs, pair.replica)
        assert await behind.counts() == {"active": 2, "prioritized": 1}
        await pair.fail_over()
        sites.open("runs", "claimed", "put")
        await sites.finished("runs", "claimed", "put")
        await behind.until_counts()
        for name, job in sites.jobs.items():
            assert (await there.job(job)).issues_done == FEW, name
            assert len(await there.stored(sites.made[name])) == FEW, name
        # What the replica shows as waiting or active although it had ended is not done again.
        assert [await sites.epoch(name) for name in ("ends", "waits", "claimed", "put")] == [1] * 4


async def test_a_put_that_replicas_are_to_have_heard_of(pair: Replicated) -> None:
    """It answers when they have; where they do not in time, it says so, and stands all the same."""
    async with line(pair.url) as own, job_queue(pair.url, replicas=1) as jobs:
        await jobs.put(ONE, Lane.DELTA)
        assert await pair.replica.get(f"bull:sync:de:{ONE}") is not None
        pair.part()
        with pytest.raises(TooFewReplicas, match="0 of 1 replicas") as refused:
            await jobs.put(TWO, Lane.DELTA)
        assert (refused.value.heard, refused.value.asked) == (0, 1)
        await own.until_counts(prioritized=2)
        assert await pair.replica.get(f"bull:sync:de:{TWO}") is None
