"""What operators do by hand, on a machine that reaches the database."""

import asyncio
import sys
from typing import Annotated, Final

import typer

from services.auth.accounts.passwords import Passwords
from services.auth.assembly.operators import create_or_move
from services.auth.domain.account import Membership, Newcomer
from services.auth.domain.email import parse_email
from services.auth.requests.signing_in import time_zone_of, workspace_name_of
from services.auth.settings import OperatorSettings
from services.chassis import mongo
from services.chassis.clock import system_clock
from services.chassis.settings import load
from services.kernel.audit import OPERATORS, Actor
from services.kernel.errors import EmailTaken, ProductError
from services.kernel.ids import UserId
from services.kernel.membership import Region, Tier

# Who works by hand, on a machine that reaches the database.
BY_HAND: Final = Actor(UserId("operator"), OPERATORS)
app = typer.Typer(add_completion=False, help="The auth service, and what its operators do by hand.")


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
    region: Annotated[
        Region, typer.Option(help="Where the workspace's data is to stay, for ever.")
    ] = Region.EU,
) -> None:
    """Make a user who owns a workspace of any tier.

    If the address has an account: with --tier and without --password, the account's workspace is
    moved to that tier (tokens say so within 30 seconds); anything else is refused and nothing is
    changed.
    """
    try:
        newcomer = Newcomer(
            parse_email(email),
            workspace_name_of(workspace),
            time_zone_of(time_zone),
            region=region,
        )
        made = asyncio.run(
            created_or_moved(load(OperatorSettings), newcomer, tier=tier, password=password)
        )
    except EmailTaken:
        sys.exit(f"{email} has an account: nothing was changed. --tier alone changes its tier.")
    except ProductError as refused:
        sys.exit(refused.message)
    at = made.workspace
    typer.echo(f"{made.account.email} owns {at.name} ({at.workspace_id}), tier {at.tier.value}.")


async def created_or_moved(
    settings: OperatorSettings, newcomer: Newcomer, *, tier: Tier | None, password: str | None
) -> Membership:
    """Make a user, or move one's workspace to another tier."""
    async with mongo.connect(settings.mongo) as database:
        with Passwords(settings.passwords) as passwords:
            do = create_or_move(database, passwords, ask_password, system_clock)
            return await do(BY_HAND, newcomer, tier=tier, password=password)


def ask_password() -> str:
    """Ask for a password twice, without showing it."""
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
