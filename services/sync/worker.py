"""A sync worker's process: builds everything, and nobody imports it."""

import asyncio
from contextlib import AsyncExitStack, suppress
from functools import partial

import structlog

from services.chassis import mongo, redis, serving, telemetry
from services.chassis.clock import system_clock
from services.chassis.settings import load
from services.sync.announce import Announcer
from services.sync.credentials import Vault
from services.sync.domain.site import site_of
from services.sync.forsaken import Forsaken
from services.sync.queue import job_queue, working
from services.sync.runs import Collector
from services.sync.settings import WorkerSettings
from services.sync.sources.jira_cloud import JiraCloud
from services.sync.sources.sites import Sites
from services.sync.sources.transport import site_sessions
from services.sync.store.connections import Connection, ConnectionStore
from services.sync.store.database import make_indexes
from services.sync.store.jobs import JobStore
from services.sync.store.runs import RunStore

NAME = "sync-worker"
NEWS_SECONDS = 1.0
logger = structlog.get_logger()


async def main(settings: WorkerSettings) -> None:
    """Work at jobs until told to stop; then hand back what runs, within seconds."""
    telemetry.start_logging(NAME, settings.log)
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(mongo.connect(settings.mongo))
        await serving.wait_for("MongoDB", partial(mongo.ping, database))
        await make_indexes(database)
        url = settings.redis.queue_url.get_secret_value()
        queue = await stack.enter_async_context(job_queue(url))
        await serving.wait_for("the queue", queue.ping)
        cache = await stack.enter_async_context(
            redis.connect(settings.redis.cache_url, timeout_seconds=NEWS_SECONDS)
        )
        sites = Sites(await stack.enter_async_context(site_sessions()), system_clock)
        vault = Vault(settings.master.keys.get_secret_value().split(","))

        def source_of(connection: Connection) -> JiraCloud:
            origin = connection.state.site_url
            credential = vault.open(connection.sealed, connection.scope, origin)
            return sites.at(site_of(origin, registered=settings.extra.sites), credential)

        stopping = asyncio.Event()
        collector = Collector(
            RunStore(database),
            source_of,
            news=Announcer(cache),
            queue=queue,
            clock=system_clock,
            stopping=stopping.is_set,
        )
        forsaken = Forsaken(JobStore(database), ConnectionStore(database), queue, system_clock)
        probes: dict[str, serving.Probe] = {
            "mongo": partial(mongo.ping, database),
            "queue": queue.ping,
        }
        await stack.enter_async_context(serving.plain_process(settings.http, probes))
        await stack.enter_async_context(
            working(
                url,
                collector.work,
                collector.give_up,
                clock=system_clock,
                concurrency=settings.worker.concurrency,
            )
        )
        looking = asyncio.create_task(forsaken.look_for_ever())
        logger.info("working", concurrency=settings.worker.concurrency)
        await serving.until_stopped()
        stopping.set()
        looking.cancel()
        with suppress(asyncio.CancelledError):
            await looking


if __name__ == "__main__":
    serving.run(main(load(WorkerSettings)))
