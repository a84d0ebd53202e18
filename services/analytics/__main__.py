"""Builds the analytics service and serves it."""

import gc
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from google.protobuf.descriptor import ServiceDescriptor
from redis.asyncio import Redis

from jira_analytics.analytics.v1 import analytics_pb2 as pb
from jira_analytics.analytics.v1 import internal_pb2 as internal_pb
from services.analytics.answers.in_process import InProcess
from services.analytics.answers.in_redis import CALL_SECONDS, InRedis
from services.analytics.answers.single_flight import SingleFlight
from services.analytics.asking import Asking
from services.analytics.erasing import Erasing, erasing
from services.analytics.news import following
from services.analytics.reports import Reports
from services.analytics.requests import Questions
from services.analytics.servicers import AnalyticsServicer, InternalServicer
from services.analytics.settings import AnalyticsSettings
from services.analytics.snapshots import Snapshots
from services.analytics.states import States
from services.analytics.store import SyncedStore
from services.chassis import jwks, mongo, redis, serving, telemetry
from services.chassis.clock import Clock, system_clock
from services.chassis.revocations_of_auth import known_from_auth
from services.chassis.settings import load
from services.chassis.tokens import TokenVerifier

NAME = "analytics"
MEGABYTE = 1024 * 1024
# A batch of documents is tens of thousands of containers and no garbage: the collector's default of
# 700 would look through them over and over, and double what a first load costs.
CONTAINERS_BETWEEN_COLLECTIONS = 100_000


def layered(
    settings: AnalyticsSettings, snapshots: Snapshots, cache: Redis, pool: ThreadPoolExecutor
) -> InProcess:
    """Put the layers of answers around each other.

    in process: outermost, so that a warm answer costs one look-up.
    single flight: around Redis too, so that many who miss make one look-up there, and one entry.
    Redis: around the report, so that one process computes for all.
    """
    kept = settings.answers
    in_redis = InRedis(Reports(snapshots, pool), cache, ttl_seconds=kept.ttl_seconds)
    return InProcess(SingleFlight(in_redis), byte_limit=kept.megabytes * MEGABYTE)


@asynccontextmanager
async def running(settings: AnalyticsSettings, clock: Clock = system_clock) -> AsyncIterator[int]:
    """Run the service until left; gives the gRPC port. `clock` is what questions call now."""
    telemetry.start_logging(NAME, settings.log)
    async with AsyncExitStack() as opened:
        database = await opened.enter_async_context(mongo.connect(settings.mongo))
        url = settings.redis.cache_url
        cache = await opened.enter_async_context(redis.connect(url, timeout_seconds=CALL_SECONDS))
        keys = await opened.enter_async_context(jwks.published_keys(settings.jwks, system_clock))
        pool = opened.enter_context(ThreadPoolExecutor(settings.snapshots.threads, "reports"))
        ping = partial(mongo.ping, database)
        await serving.wait_for("MongoDB", ping)
        store = SyncedStore(database)
        states = States(store)
        await opened.enter_async_context(following(cache, states))
        limit = settings.snapshots.megabytes * MEGABYTE
        snapshots = Snapshots(store, pool, byte_limit=limit)
        answers = layered(settings, snapshots, cache, pool)
        asking = Asking(states, answers)
        holding = (states, asking, answers, snapshots)
        erased = await opened.enter_async_context(erasing(cache, holding))
        revoked, feed = await opened.enter_async_context(known_from_auth(settings, cache))
        tokens = TokenVerifier(keys, system_clock, revoked)
        served = serving.Served(
            services=services(AnalyticsServicer(Questions(clock), asking), erased),
            verify=tokens.verify,
            verify_service=tokens.verify_service,
            probes={"mongo": ping, "keys": keys.check, "revocations": feed.check},
            interceptors=telemetry.start_tracing(NAME, settings.otel),
        )
        yield await opened.enter_async_context(serving.running(settings, served))


def services(
    figures: AnalyticsServicer, erased: Erasing
) -> tuple[tuple[ServiceDescriptor, object], ...]:
    """Name each service's methods."""
    named = pb.DESCRIPTOR.services_by_name, internal_pb.DESCRIPTOR.services_by_name
    return (
        (named[0]["AnalyticsService"], figures),
        (named[1]["InternalService"], InternalServicer(erased)),
    )


async def main() -> None:
    """Serve until SIGTERM or SIGINT; settings are read from the environment."""
    gc.set_threshold(CONTAINERS_BETWEEN_COLLECTIONS)
    async with running(load(AnalyticsSettings)):
        await serving.until_stopped()


if __name__ == "__main__":
    serving.run(main())
