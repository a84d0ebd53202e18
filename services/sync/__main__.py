"""Builds the sync API and serves it, or does what another command of operators says."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

import typer
from google.protobuf.descriptor import ServiceDescriptor

from jira_analytics.sync.v1 import connection_pb2, internal_pb2, sync_pb2
from services.chassis import mongo, redis, serving, telemetry
from services.chassis.clock import system_clock
from services.chassis.jwks import published_keys
from services.chassis.layers import Joined
from services.chassis.refusals import noting_calls
from services.chassis.revocations_of_auth import known_from_auth
from services.chassis.settings import load
from services.chassis.tokens import TokenVerifier
from services.sync.completeness import GetCompleteness
from services.sync.connections import Connections
from services.sync.credentials import Vault
from services.sync.dead_letters.letters import DeadLetters
from services.sync.domain.site import Site, site_of
from services.sync.erasing import Erasing
from services.sync.hooks.checking import Signatures
from services.sync.hooks.forgetting import Remains
from services.sync.hooks.marks import Marks
from services.sync.hooks.measures import MeasuredReceiving
from services.sync.hooks.receiving import Receiving
from services.sync.hooks.secrets import HookSecrets
from services.sync.hooks.servicers import HookSecretServicer, HookServicer
from services.sync.jobs import Jobs
from services.sync.operators import app
from services.sync.queue import JobQueue, job_queue
from services.sync.servicers import ConnectionServicer, InternalServicer, SyncServicer
from services.sync.settings import SyncSettings, split_keys
from services.sync.sources.jira_cloud import Credential
from services.sync.sources.sites import Sites
from services.sync.sources.transport import site_sessions
from services.sync.store.completeness import CompletenessStore
from services.sync.store.connections import ConnectionStore
from services.sync.store.database import make_indexes
from services.sync.store.dead_letters import DeadLetterStore
from services.sync.store.erasing import ErasingStore
from services.sync.store.hook_secrets import HookSecretStore
from services.sync.store.jobs import JobStore
from services.sync.store.outbox import AuditOutbox
from services.sync.store.remains import RemainsStore
from services.sync.store.site_lists import SiteListStore

NAME = "sync"
NEWS_SECONDS = 0.25
MARKS_SECONDS = 2.0


def services(
    database: mongo.Database,
    queue: JobQueue,
    marks: Marks,
    *,
    sites: Sites,
    settings: SyncSettings,
) -> tuple[tuple[ServiceDescriptor, object], ...]:
    """Build every service's methods."""

    async def check(site: Site, credential: Credential, question: str) -> None:
        await sites.at(site, credential).check(question)

    known_site = partial(site_of, registered=settings.extra.sites)
    kept, remains = ConnectionStore(database), Remains(RemainsStore(database), marks)
    vault = Vault(split_keys(settings.master.keys))
    connections = Connections(
        kept, remains, vault, check=check, site_of=known_site, clock=system_clock
    )
    jobs = Jobs(JobStore(database), connections, queue, system_clock)
    dead_letters = DeadLetters(DeadLetterStore(database), connections, jobs, system_clock)
    counts, lists = CompletenessStore(database), SiteListStore(database)
    completeness = GetCompleteness(connections, counts, lists)
    erasing = Erasing(kept, remains, ErasingStore(database), system_clock)
    hook_secrets = HookSecrets(connections, HookSecretStore(database), vault, system_clock)
    receiving = MeasuredReceiving(
        Receiving(Signatures(hook_secrets, system_clock), marks, queue, system_clock)
    )
    served_connections = ConnectionServicer(connections, known_site)
    return (
        (
            connection_pb2.DESCRIPTOR.services_by_name["ConnectionService"],
            Joined(served_connections, HookSecretServicer(hook_secrets)),
        ),
        (
            sync_pb2.DESCRIPTOR.services_by_name["SyncService"],
            Joined(SyncServicer(jobs, completeness, dead_letters), HookServicer(receiving)),
        ),
        (internal_pb2.DESCRIPTOR.services_by_name["InternalService"], InternalServicer(erasing)),
    )


@asynccontextmanager
async def running(settings: SyncSettings) -> AsyncIterator[int]:
    """Run the API until left; gives the gRPC port."""
    telemetry.start_logging(NAME, settings.log)
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(mongo.connect(settings.mongo))
        await serving.wait_for("MongoDB", partial(mongo.ping, database))
        await make_indexes(database)
        url = settings.redis.queue_url.get_secret_value()
        queue = await stack.enter_async_context(job_queue(url, settings.redis.queue_replicas))
        marks = Marks(
            await stack.enter_async_context(
                redis.connect(settings.redis.queue_url, timeout_seconds=MARKS_SECONDS)
            )
        )
        keys = await stack.enter_async_context(published_keys(settings.jwks, system_clock))
        sites = Sites(await stack.enter_async_context(site_sessions()), system_clock)
        cache = await stack.enter_async_context(
            redis.connect(settings.redis.cache_url, timeout_seconds=NEWS_SECONDS)
        )
        revoked, feed = await stack.enter_async_context(known_from_auth(settings, cache))
        tokens = TokenVerifier(keys, system_clock, revoked)
        served = serving.Served(
            services=services(database, queue, marks, sites=sites, settings=settings),
            verify=tokens.verify,
            verify_service=tokens.verify_service,
            note_refusal=noting_calls(AuditOutbox(database).refuse, system_clock),
            probes={
                "mongo": partial(mongo.ping, database),
                "queue": queue.ping,
                "keys": keys.check,
                "revocations": feed.check,
            },
            interceptors=telemetry.start_tracing(NAME, settings.otel),
        )
        yield await stack.enter_async_context(serving.running(settings, served))


async def serve_until_stopped(settings: SyncSettings) -> None:
    """Serve ConnectionService and SyncService until told to stop."""
    async with running(settings):
        await serving.until_stopped()


@app.callback(invoke_without_command=True)
def main(context: typer.Context) -> None:
    """Serve, unless another command is named; settings are read from the environment."""
    if context.invoked_subcommand is None:
        serve()


@app.command()
def serve() -> None:
    """Serve until SIGTERM or SIGINT."""
    serving.run(serve_until_stopped(load(SyncSettings)))


if __name__ == "__main__":
    app()
