"""Builds the auth service and serves it, or does what another command of operators says."""

import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

import structlog
import typer
from google.protobuf.descriptor import ServiceDescriptor

from jira_analytics.auth.v1 import auth_pb2, internal_pb2, operator_pb2, workspace_pb2
from services.auth.accounts.passwords import Passwords
from services.auth.assembly import (
    activity as activity_area,
)
from services.auth.assembly import (
    api_keys,
    audit,
    audit_reports,
    internal,
    invites,
    mails,
    operators,
    operators_audit,
    own_data,
    passwords,
    sessions,
    signing_in,
    signing_keys,
    stops,
    workspaces,
)
from services.auth.key_commands import app
from services.auth.keys.checkpoints import AuditKeyLost
from services.auth.keys.signing import KeyUnreadable
from services.auth.kit import Kit
from services.auth.revoking import Revoking, revoking
from services.auth.service_calls.elsewhere import elsewhere
from services.auth.service_calls.issue_service_token import ServiceTokenMaker
from services.auth.sessions.granting import Granting
from services.auth.sessions.succession import Succession
from services.auth.settings import SAFE_COST, AuthSettings, split_keys
from services.auth.store.activity import ActivityStore
from services.auth.store.audit_inbox import AuditInbox
from services.auth.store.collections import make_indexes
from services.auth.workspaces.activity import Activity, NotingSigner
from services.chassis import mongo, serving, telemetry
from services.chassis.clock import Clock, system_clock
from services.chassis.layers import Joined
from services.chassis.refusals import noting_calls
from services.chassis.settings import load
from services.chassis.tokens import TokenVerifier

NAME = "auth"
JWKS_PATH = "/.well-known/jwks.json"
logger = structlog.get_logger()


def services(kit: Kit) -> list[tuple[ServiceDescriptor, object]]:
    """Build every service's methods."""
    named = {
        **auth_pb2.DESCRIPTOR.services_by_name,
        **workspace_pb2.DESCRIPTOR.services_by_name,
        **operator_pb2.DESCRIPTOR.services_by_name,
        **internal_pb2.DESCRIPTOR.services_by_name,
    }
    areas = {
        "AuthService": (signing_in, sessions, passwords, own_data, api_keys),
        "WorkspaceService": (workspaces, invites, api_keys, audit),
        "OperatorService": (operators, signing_keys, operators_audit),
        "InternalService": (internal, audit_reports, activity_area, stops),
    }
    return [
        (named[name], Joined(*(area.methods(kit) for area in built)))
        for name, built in areas.items()
    ]


@asynccontextmanager
async def running(settings: AuthSettings, clock: Clock = system_clock) -> AsyncIterator[int]:
    """Run the service until left; gives the gRPC port."""
    async with AsyncExitStack() as opened:
        database = await opened.enter_async_context(mongo.connect(settings.mongo))
        await serving.wait_for("MongoDB", partial(mongo.ping, database))
        await make_indexes(database)
        ring = await opened.enter_async_context(
            signing_keys.key_ring(database, settings.master, settings.keys, clock)
        )
        revocations = await opened.enter_async_context(revoking(settings, database, clock))
        activity = Activity(ActivityStore(database).note, clock)
        await opened.enter_async_context(activity.going_on())
        signer = NotingSigner(ring, activity)
        kit = Kit(
            settings=settings,
            database=database,
            clock=clock,
            ring=ring,
            checkpoints=await audit.checkpoint_signer(database, settings.master, clock),
            passwords=opened.enter_context(Passwords(settings.passwords)),
            granting=Granting(signer, Succession(split_keys(settings.master.keys))),
            tell=revocations.tell,
            elsewhere=await opened.enter_async_context(
                elsewhere(settings.services, ServiceTokenMaker(ring, clock), clock)
            ),
            activity=activity,
        )
        await opened.enter_async_context(own_data.erasing(kit))
        await opened.enter_async_context(mails.sending(settings, database, clock))
        await opened.enter_async_context(audit.chaining(kit))
        yield await opened.enter_async_context(serving.running(settings, served(kit, revocations)))


def served(kit: Kit, revocations: Revoking) -> serving.Served:
    """Say what is served, and when it is ready."""
    tokens = TokenVerifier(kit.ring, kit.clock, revocations.known)
    return serving.Served(
        services=services(kit),
        verify=tokens.verify,
        verify_service=tokens.verify_service,
        note_refusal=noting_calls(AuditInbox(kit.database).refuse, kit.clock),
        probes={
            "mongo": partial(mongo.ping, kit.database),
            "signing_key": kit.ring.check,
            "revocations": revocations.feed.check,
        },
        pages={JWKS_PATH: kit.ring.published},
        interceptors=telemetry.start_tracing(NAME, kit.settings.otel),
    )


async def serve_until_stopped(settings: AuthSettings) -> None:
    """Serve until told to stop."""
    telemetry.start_logging(NAME, settings.log)
    if settings.passwords.cost < SAFE_COST:
        logger.warning("passwords are hashed too cheaply: PASSWORDS_COST is for tests")
    try:
        async with running(settings):
            await serving.until_stopped()
    except KeyUnreadable as unreadable:
        sys.exit(f"MASTER_KEYS: {unreadable}")
    except AuditKeyLost as lost:
        sys.exit(str(lost))


@app.callback(invoke_without_command=True)
def main(context: typer.Context) -> None:
    """Serve, unless another command is named; settings are read from the environment."""
    if context.invoked_subcommand is None:
        serve()


@app.command()
def serve() -> None:
    """Serve until SIGTERM or SIGINT."""
    serving.run(serve_until_stopped(load(AuthSettings)))


if __name__ == "__main__":
    app()
