"""Builds the auth service and serves it; `create-user` is for operators."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Annotated

import structlog
import typer

from jira_analytics.auth.v1 import auth_pb2
from services.auth.create_user import CreateUser
from services.auth.domain.account import Membership, Newcomer
from services.auth.domain.email import parse_email
from services.auth.domain.session import RefreshToken
from services.auth.first_key import signing_keys
from services.auth.get_me import GetMe
from services.auth.granting import Granting
from services.auth.log_in import LogIn
from services.auth.passwords import Passwords
from services.auth.refresh import Refresh
from services.auth.requests import time_zone_of, workspace_name_of
from services.auth.servicers import AuthServicer
from services.auth.settings import SAFE_COST, AuthSettings, OperatorSettings, split_keys
from services.auth.sign_up import SignUp
from services.auth.signing import KeyRing, KeyUnreadable, Vault
from services.auth.store.accounts import AccountStore
from services.auth.store.collections import make_indexes
from services.auth.store.keys import KeyStore
from services.auth.store.sessions import SessionStore
from services.chassis import mongo, serving, telemetry
from services.chassis.clock import Clock, system_clock
from services.chassis.mongo import Database
from services.chassis.settings import load
from services.chassis.tokens import TokenVerifier
from services.kernel.errors import EmailTaken, ProductError
from services.kernel.membership import Tier

NAME = "auth"
JWKS_PATH = "/.well-known/jwks.json"
logger = structlog.get_logger()
app = typer.Typer(add_completion=False, help="The auth service, and what its operators do by hand.")


def reused(token: RefreshToken) -> None:
    """Log that a session's token came again: either its owner or somebody else has an old one."""
    logger.warning(
        "a refresh token was used again; its session is ended",
        session_id=token.session_id,
        user_id=token.user_id,
        workspace_id=token.workspace_id,
    )


def servicer(database: Database, passwords: Passwords, ring: KeyRing, clock: Clock) -> AuthServicer:
    """Build AuthService's methods."""
    accounts, sessions, granting = AccountStore(database), SessionStore(database), Granting(ring)
    return AuthServicer(
        SignUp(accounts, passwords, granting, clock),
        LogIn(accounts, sessions, passwords, granting, clock),
        Refresh(accounts, sessions, granting, clock, reused),
        GetMe(accounts),
    )


@asynccontextmanager
async def running(settings: AuthSettings, clock: Clock = system_clock) -> AsyncIterator[int]:
    """Run the service until left; gives the gRPC port."""
    async with mongo.connect(settings.mongo) as database:
        ping = partial(mongo.ping, database)
        await serving.wait_for("MongoDB", ping)
        await make_indexes(database)
        vault = Vault(split_keys(settings.master.keys))
        kept = await signing_keys(KeyStore(database), vault.make)
        ring = KeyRing([vault.open(key) for key in kept])
        with Passwords(settings.passwords) as passwords:
            service = auth_pb2.DESCRIPTOR.services_by_name["AuthService"]
            served = serving.Served(
                services=[(service, servicer(database, passwords, ring, clock))],
                verify=TokenVerifier(ring, clock).verify,
                probes={"mongo": ping, "signing_key": ring.check},
                pages={JWKS_PATH: ring.published},
                interceptors=telemetry.start_tracing(NAME, settings.otel),
            )
            async with serving.running(settings, served) as port:
                yield port


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


@app.callback(invoke_without_command=True)
def main(context: typer.Context) -> None:
    """Serve, unless another command is named; settings are read from the environment."""
    if context.invoked_subcommand is None:
        serve()


@app.command()
def serve() -> None:
    """Serve until SIGTERM or SIGINT."""
    serving.run(serve_until_stopped(load(AuthSettings)))


@app.command()
def create_user(
    *,
    email: Annotated[str, typer.Option(help="The address to sign in with.")],
    password: Annotated[
        str | None,
        typer.Option(help="Any password of up to 72 bytes; asked for where left out."),
    ] = None,
    tier: Annotated[
        Tier | None, typer.Option(help="The workspace's tier; free where left out.")
    ] = None,
    workspace: Annotated[str, typer.Option(help="The workspace's name.")] = "Workspace",
    time_zone: Annotated[str, typer.Option(help="The workspace's IANA time zone.")] = "UTC",
) -> None:
    """Make a user who owns a workspace of any tier.

    If the address has an account: with --tier and without --password, the account's workspace is
    moved to that tier (tokens say so from the next sign-in or refresh on); anything else is refused
    and nothing is changed.
    """
    try:
        newcomer = Newcomer(
            parse_email(email), workspace_name_of(workspace), time_zone_of(time_zone)
        )
        made = asyncio.run(
            create_or_move(load(OperatorSettings), newcomer, tier=tier, password=password)
        )
    except EmailTaken:
        sys.exit(f"{email} has an account: nothing was changed. --tier alone changes its tier.")
    except ProductError as refused:
        sys.exit(refused.message)
    at = made.workspace
    typer.echo(f"{made.account.email} owns {at.name} ({at.workspace_id}), tier {at.tier.value}.")


async def create_or_move(
    settings: OperatorSettings, newcomer: Newcomer, *, tier: Tier | None, password: str | None
) -> Membership:
    """Make a user, or move one's workspace to another tier."""
    async with mongo.connect(settings.mongo) as database:
        with Passwords(settings.passwords) as passwords:
            create = CreateUser(AccountStore(database), passwords, ask_password, system_clock)
            return await create(newcomer, tier=tier, password=password)


def ask_password() -> str:
    """Ask for a password twice, without showing it."""
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))


if __name__ == "__main__":
    app()
