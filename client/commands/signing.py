"""`signup`, `login`, `logout`, `whoami`, `switch`: who one is, and where."""

from typing import Annotated

import typer

from client.api import Client
from client.commands.prompts import ask, ask_hidden
from client.commands.terminal import (
    CaOption,
    GatewayOption,
    JsonOption,
    as_rest,
    print_as_json,
    print_json,
    run,
    say_done,
    show,
)
from client.commands.words import RegionName, zone
from client.failures import ClientError
from client.show.identity import show_me, who_in_words, workspace_in_words
from jira_analytics.auth.v1.auth_pb2 import Me, Session, WorkspaceMembership

PASSWORD_VARIABLE = "JIRA_ANALYTICS_PASSWORD"  # noqa: S105 - the name of a variable
PASSWORD_ADVICE = f"give --password or set {PASSWORD_VARIABLE}"

PasswordOption = Annotated[
    str,
    typer.Option(
        "--password",
        envvar=PASSWORD_VARIABLE,
        show_envvar=False,
        help=f"Asked for where it is left out; or ${PASSWORD_VARIABLE}, which nobody sees.",
    ),
]


def signup(  # noqa: PLR0913 - a command's options are its arguments
    context: typer.Context,
    *,
    email: Annotated[str, typer.Option(help="Your e-mail address.")] = "",
    password: PasswordOption = "",
    workspace: Annotated[str, typer.Option(help="Your company's or team's name.")] = "",
    time_zone: Annotated[
        str,
        typer.Option(
            callback=zone, help="Whose days are meant, for example Europe/Berlin; else UTC."
        ),
    ] = "",
    region: Annotated[
        RegionName, typer.Option(help="Where the workspace's data stays, for ever.")
    ] = RegionName.EU,
    as_json: JsonOption = False,
    gateway: GatewayOption = None,
    ca: CaOption = None,
) -> None:
    """Make an account with a workspace of its own, and stay signed in."""

    async def work(client: Client) -> None:
        client.need_person()
        address = email or ask("E-mail", advice="give --email")
        secret = password or ask_hidden(
            "Password (12 characters or more)", advice=PASSWORD_ADVICE, twice=True
        )
        await client.sign_up(
            address,
            password=secret,
            workspace=workspace or address.partition("@")[2] or "My workspace",
            time_zone=time_zone,
            region=region.value_in_contract,
        )
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
        client.need_person()
        address = email or client.email or ask("E-mail", advice="give --email")
        secret = password or ask_hidden(f"Password of {address}", advice=PASSWORD_ADVICE)
        await client.log_in(address, password=secret)
        _tell(await client.me(), as_json=as_json)

    run(context, work, gateway=gateway, ca=ca)


def logout(
    context: typer.Context,
    *,
    everywhere: Annotated[
        bool, typer.Option("--everywhere", help="All your sessions, on every machine.")
    ] = False,
    gateway: GatewayOption = None,
    ca: CaOption = None,
) -> None:
    """Sign out: the session ends at once, and its tokens are removed from this machine."""

    async def work(client: Client) -> None:
        await client.log_out(everywhere=everywhere)
        say_done("signed out everywhere" if everywhere else "signed out")

    run(context, work, gateway=gateway, ca=ca)


def whoami(
    context: typer.Context,
    *,
    as_json: JsonOption = False,
    gateway: GatewayOption = None,
    ca: CaOption = None,
) -> None:
    """Say who is signed in, in which workspace, and until when."""

    async def work(client: Client) -> None:
        if client.is_machine:
            await _tell_machine(client, as_json=as_json)
            return
        me, session = await client.me(), await _current(client)
        if not as_json:
            show(show_me(me, session))
        elif session is None:
            print_json(me)
        else:
            print_as_json(as_rest(me) | {"session": as_rest(session)})

    run(context, work, gateway=gateway, ca=ca)


def switch(
    context: typer.Context,
    *,
    workspace: Annotated[str, typer.Argument(metavar="NAME-OR-ID", help="As whoami lists it.")],
    as_json: JsonOption = False,
    gateway: GatewayOption = None,
    ca: CaOption = None,
) -> None:
    """Go on in another workspace that you are a member of."""

    async def work(client: Client) -> None:
        me = await client.me()
        chosen = _membership(me, workspace)
        if chosen.workspace_id != me.workspace.id:
            await client.switch_workspace(chosen.workspace_id)
            me = await client.me()
        _tell(me, as_json=as_json)

    run(context, work, gateway=gateway, ca=ca)


async def _current(client: Client) -> Session | None:
    return next((each for each in (await client.sessions()).sessions if each.current), None)


async def _tell_machine(client: Client, *, as_json: bool) -> None:
    workspace = await client.workspace()
    if as_json:
        print_json(workspace)
    else:
        say_done("a machine with an API key of the workspace ", workspace_in_words(workspace))


def _membership(me: Me, wanted: str) -> WorkspaceMembership:
    """Find a workspace by its id, its name, or its name in other letters."""
    exact = [each for each in me.memberships if wanted in {each.workspace_id, each.workspace_name}]
    found = exact or [
        each for each in me.memberships if each.workspace_name.casefold() == wanted.casefold()
    ]
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(each.workspace_id for each in found)
        raise ClientError(f"several workspaces are called {wanted} ({ids})", advice="give an id")
    raise ClientError(
        f"you are in no workspace {wanted}", advice="see yours with: jira-analytics whoami"
    )


def _tell(me: Me, *, as_json: bool) -> None:
    if as_json:
        print_json(me)
    else:
        say_done(who_in_words(me))
