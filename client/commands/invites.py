"""`invite`, `invites`, `accept`: how people come into a workspace."""

from typing import Annotated

import typer

from client.api import Client
from client.commands.links import LinkArgument, token_of
from client.commands.terminal import (
    CaOption,
    GatewayOption,
    JsonOption,
    listed_by,
    lists_only,
    print_json,
    run,
    say_done,
    show,
)
from client.commands.words import RoleName
from client.failures import ClientError
from client.show.listing import stamp
from client.show.names import name
from client.show.people import show_invites

invites = typer.Typer(
    invoke_without_command=True, help="List the invitations that stand, or take one back."
)


def invite(
    context: typer.Context,
    *,
    email: Annotated[str, typer.Argument(help="Who is invited.")],
    role: Annotated[RoleName, typer.Option(help="What they may do.")] = RoleName.MEMBER,
    as_json: JsonOption = False,
    gateway: GatewayOption = None,
    ca: CaOption = None,
) -> None:
    """Invite somebody to the workspace: a link is mailed to them."""

    async def work(client: Client) -> None:
        made = await client.invite(email, role=role.value_in_contract)
        if as_json:
            print_json(made)
            return
        say_done(
            name(made.email, "bold"),
            f" is invited as {role.value}; the link works until {stamp(made.expire_time)}",
        )

    run(context, work, gateway=gateway, ca=ca)


@invites.callback()
def list_invites(
    context: typer.Context,
    *,
    as_json: JsonOption = False,
    gateway: GatewayOption = None,
    ca: CaOption = None,
) -> None:
    """List the invitations that stand; or take one back."""

    async def work(client: Client) -> None:
        listed = await client.invites()
        if as_json:
            print_json(listed)
        elif listed.invites:
            show(show_invites(listed))
        else:
            show("no invitations stand; make one with: jira-analytics invite EMAIL")

    if lists_only(context, gateway=gateway, ca=ca):
        run(context, work, gateway=None, ca=None)


@invites.command("revoke")
def revoke(
    context: typer.Context,
    *,
    which: Annotated[str, typer.Argument(metavar="EMAIL-OR-ID", help="Whose, or its id.")],
    gateway: GatewayOption = None,
    ca: CaOption = None,
) -> None:
    """Take an invitation back: its link opens nothing any more."""

    async def work(client: Client) -> None:
        with listed_by("invites"):
            await client.revoke_invite(await _id_of(client, which))
        say_done("the invitation is taken back")

    run(context, work, gateway=gateway, ca=ca)


def accept(
    context: typer.Context,
    *,
    link: LinkArgument = "",
    as_json: JsonOption = False,
    gateway: GatewayOption = None,
    ca: CaOption = None,
) -> None:
    """Become a member of the workspace that a mailed link invites you to."""

    async def work(client: Client) -> None:
        workspace = await client.accept_invite(token_of(link))
        if as_json:
            print_json(workspace)
            return
        say_done(
            "you are a member of ",
            name(workspace.name, "bold"),
            " now\n  next: jira-analytics switch ",
            name(workspace.id),
        )

    run(context, work, gateway=gateway, ca=ca)


async def _id_of(client: Client, which: str) -> str:
    """Find an invitation by its e-mail address; what holds no "@" is taken for an id."""
    if "@" not in which:
        return which
    for made in (await client.invites()).invites:
        if made.email.casefold() == which.casefold():
            return made.id
    raise ClientError(
        f"no invitation for {which} stands", advice="see which do with: jira-analytics invites"
    )
