"""`signup` and `login`: who one is. Passwords are read and sent, never shown or kept."""

import sys
from typing import Annotated

import typer

from client.api import Client
from client.commands.terminal import CaOption, GatewayOption, JsonOption, print_json, run, say_done
from client.failures import ClientError
from client.show.names import name
from jira_analytics.auth.v1.auth_pb2 import Me
from jira_analytics.auth.v1.workspace_pb2 import Member, Workspace

PASSWORD_VARIABLE = "JIRA_ANALYTICS_PASSWORD"  # noqa: S105 - the name of a variable

PasswordOption = Annotated[
    str,
    typer.Option(
        "--password",
        envvar=PASSWORD_VARIABLE,
        show_envvar=False,
        help=f"Asked for where it is left out; or ${PASSWORD_VARIABLE}, which nobody sees.",
    ),
]


def signup(
    context: typer.Context,
    *,
    email: Annotated[str, typer.Option(help="Your e-mail address.")] = "",
    password: PasswordOption = "",
    workspace: Annotated[str, typer.Option(help="Your company's or team's name.")] = "",
    time_zone: Annotated[
        str, typer.Option(help="Whose days are meant, for example Europe/Berlin; else UTC.")
    ] = "",
    as_json: JsonOption = False,
    gateway: GatewayOption = None,
    ca: CaOption = None,
) -> None:
    """Make an account with a workspace of its own, and stay signed in."""

    async def work(client: Client) -> None:
        address = email or _asked("E-mail")
        secret = password or _asked("Password (12 characters or more)", hidden=True, twice=True)
        called = workspace or address.partition("@")[2] or "My workspace"
        await client.sign_up(address, password=secret, workspace=called, time_zone=time_zone)
        _tell(await client.me(), as_json=as_json)

    run(context, work, gateway=gateway, ca=ca)


def login(
    context: typer.Context,
    *,
    email: Annotated[str, typer.Option(help="Else the one that signed in last here.")] = "",
    password: PasswordOption = "",
    as_json: JsonOption = False,
    gateway: GatewayOption = None,
    ca: CaOption = None,
) -> None:
    """Sign in, and stay so: the tokens are kept in a file that only you may read."""

    async def work(client: Client) -> None:
        address = email or client.email or _asked("E-mail")
        secret = password or _asked(f"Password of {address}", hidden=True)
        await client.log_in(address, password=secret)
        _tell(await client.me(), as_json=as_json)

    run(context, work, gateway=gateway, ca=ca)


def _asked(what: str, *, hidden: bool = False, twice: bool = False) -> str:
    """Ask the person; ClientError where there is none at the terminal."""
    if not sys.stdin.isatty():
        wanted = what.partition(" ")[0].lower()
        advice = f"give --{wanted.replace('-', '')}"
        if hidden:
            advice += f" or set {PASSWORD_VARIABLE}"
        raise ClientError(f"there is nobody to ask for the {wanted}", advice=advice)
    answer: str = typer.prompt(what, hide_input=hidden, confirmation_prompt=twice)
    return answer


def _tell(me: Me, *, as_json: bool) -> None:
    if as_json:
        print_json(me)
        return
    tier = Workspace.Tier.Name(me.workspace.tier).lower()
    role = Member.Role.Name(me.role).lower()
    workspace = me.workspace
    say_done(
        "signed in as ",
        name(me.email, "bold"),
        f", {role} of the workspace ",
        name(workspace.name, "bold"),
        f" ({tier}, {workspace.time_zone})",
    )
