"""Builds a sync worker and runs it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import partial

import grpc

from services.chassis import mongo, redis, serving, telemetry
from services.chassis.clock import Clock
from services.chassis.service_calls import ServiceCalls, calling
from services.chassis.settings import load
from services.chassis.stopping import repeating
from services.sync import measures
from services.sync.activity_of_auth import asker
from services.sync.announce import Announcer
from services.sync.audit_of_auth import recorder
from services.sync.budget.allowances import Budget, opened_budget
from services.sync.budget.buckets import Payer
from services.sync.credentials import Vault
from services.sync.domain.lanes import Lane
from services.sync.domain.site import site_of
from services.sync.forsaken import Forsaken
from services.sync.hooks.forgetting import Remains
from services.sync.hooks.looking import LeftAlone
from services.sync.hooks.marks import Marks
from services.sync.hooks.measures import MeasuredMarks
from services.sync.hooks.refreshing import Refreshing
from services.sync.learning import Learning
from services.sync.measures import MeasuredRuns
from services.sync.patience import Patience
from services.sync.ports import Around
from services.sync.queue import JobQueue, job_queue, working
from services.sync.queue_time import queue_time
from services.sync.reporting import Reporting
from services.sync.runs import Collector
from services.sync.scheduling import Scheduling
from services.sync.settings import WorkerSettings, split_keys
from services.sync.sources.jira_cloud import JiraCloud
from services.sync.sources.sites import Sites
from services.sync.sources.transport import site_sessions
from services.sync.stops_of_auth import teller
from services.sync.store.accounts import AccountStore
from services.sync.store.activity import ActivityStore
from services.sync.store.connections import Connection
from services.sync.store.database import make_indexes
from services.sync.store.holds import HoldStore
from services.sync.store.jobs import JobStore
from services.sync.store.outbox import AuditOutbox
from services.sync.store.remains import RemainsStore
from services.sync.store.schedules import ScheduleStore
from services.sync.store.site_lists import SiteListStore
from services.sync.store.stops import StopStore
from services.sync.store.vanished import VanishedStore

NAME = "sync-worker"
NEWS_SECONDS = 1.0
MARKS_SECONDS = 2.0


@asynccontextmanager
async def running(settings: WorkerSettings) -> AsyncIterator[asyncio.Task[None]]:
    """Work at jobs until left; then hand back what runs, within seconds.

    Gives the task that works: it ends by itself only when it is broken.
    """
    telemetry.start_logging(NAME, settings.log)
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(mongo.connect(settings.mongo))
        await serving.wait_for("MongoDB", partial(mongo.ping, database))
        await make_indexes(database)
        queue = await stack.enter_async_context(_queue(settings))
        await serving.wait_for("the queue", queue.ping)
        clock = await stack.enter_async_context(queue_time(queue.time))
        cache = await stack.enter_async_context(
            redis.connect(settings.redis.cache_url, timeout_seconds=NEWS_SECONDS)
        )
        sites = Sites(await stack.enter_async_context(site_sessions()), clock)
        stopping = asyncio.Event()
        runs, accounts = MeasuredRuns(database), AccountStore(database)
        news, patience = Announcer(cache), Patience(stopping, runs)
        lists, vanished = SiteListStore(database), VanishedStore(database)
        around = Around(runs, vanished, accounts, lists, news, patience, clock)
        marks = await stack.enter_async_context(_marks(settings, clock))
        budget = await stack.enter_async_context(opened_budget(settings.redis.queue_url, clock))
        source_of = _source_of(sites, budget, settings)
        of_refreshes = partial(source_of, Lane.REFRESH)
        refreshing = Refreshing(around, marks, HoldStore(database), of_refreshes)
        collector = Collector(around, source_of, queue, refreshing)
        probes: dict[str, serving.Probe] = {
            "mongo": partial(mongo.ping, database),
            "queue": queue.ping,
        }
        await stack.enter_async_context(serving.plain_process(settings.http, probes))
        work = await stack.enter_async_context(_working(collector, settings, clock, stopping))
        await stack.enter_async_context(
            _looking(database, queue, marks, settings=settings, clock=clock)
        )
        stack.callback(stopping.set)
        yield work


def _queue(settings: WorkerSettings) -> AbstractAsyncContextManager[JobQueue]:
    told = settings.redis
    return job_queue(told.queue_url.get_secret_value(), told.queue_replicas)


@asynccontextmanager
async def _looking(
    database: mongo.Database,
    queue: JobQueue,
    marks: Marks,
    *,
    settings: WorkerSettings,
    clock: Clock,
) -> AsyncIterator[None]:
    """Look for what was left behind, for what is due, and for what auth is to be told."""
    remains = Remains(RemainsStore(database), marks)
    left_alone = LeftAlone(marks, HoldStore(database), queue, clock)
    forsaken = Forsaken(JobStore(database), remains, left_alone, queue=queue, clock=clock)
    async with calling(settings.auth, settings.client) as (calls, auth):
        learning = Learning(ActivityStore(database), queue.weigh, asker(calls, auth), clock)
        scheduling = Scheduling(ScheduleStore(database), queue, clock, learning)
        async with (
            forsaken.looking(),
            scheduling.going_on(),
            _reporting(database, calls, auth),
            _gauging(queue),
        ):
            yield


@asynccontextmanager
async def _reporting(
    database: mongo.Database, calls: ServiceCalls, auth: grpc.aio.Channel
) -> AsyncIterator[None]:
    """Tell auth's audit of changes, and owners, by auth, of connections that stopped."""
    audit = Reporting(AuditOutbox(database), recorder(calls, auth), "the audit could not be told")
    stops = Reporting(StopStore(database), teller(calls, auth), "stops could not be told")
    async with audit.going_on(), stops.going_on():
        yield


def _gauging(queue: JobQueue) -> AbstractAsyncContextManager[None]:
    look = measures.gauging(partial(queue.counts, *measures.STATES))
    return repeating(
        look, every_seconds=measures.LOOK_SECONDS, trouble="could not look into the queue"
    )


async def main() -> None:
    """Work until SIGTERM or SIGINT; settings are read from the environment."""
    async with running(load(WorkerSettings)) as work:
        await _until_stopped(work)


async def _until_stopped(work: asyncio.Task[None]) -> None:
    """Wait to be told to stop; SystemExit where the work has ended without being told."""
    told = asyncio.create_task(serving.until_stopped())
    await asyncio.wait({told, work}, return_when=asyncio.FIRST_COMPLETED)
    if not told.done():
        told.cancel()
        raise SystemExit("the queue's worker ended by itself")


@asynccontextmanager
async def _marks(settings: WorkerSettings, clock: Clock) -> AsyncIterator[Marks]:
    """Open the marks of what is to be read again."""
    url = settings.redis.queue_url
    async with redis.connect(url, timeout_seconds=MARKS_SECONDS) as client:
        yield MeasuredMarks(client, clock)


def _source_of(
    sites: Sites, budget: Budget, settings: WorkerSettings
) -> Callable[[Lane, Connection], JiraCloud]:
    """Give what opens a connection's site with its decrypted credential."""
    vault = Vault(split_keys(settings.master.keys))

    def open_site(lane: Lane, connection: Connection) -> JiraCloud:
        origin = connection.state.site_url
        credential = vault.open(connection.sealed, connection.scope, origin)
        site = site_of(origin, registered=settings.extra.sites)
        payer = Payer(connection.state.workspace_id, lane)
        return sites.at(site, credential, budget.of(site.origin, payer))

    return open_site


def _working(
    collector: Collector, settings: WorkerSettings, clock: Clock, stopping: asyncio.Event
) -> AbstractAsyncContextManager[asyncio.Task[None]]:
    return working(
        settings.redis.queue_url.get_secret_value(),
        collector.work,
        collector.give_up,
        clock=clock,
        concurrency=settings.worker.concurrency,
        stopping=stopping,
    )


if __name__ == "__main__":
    serving.run(main())
