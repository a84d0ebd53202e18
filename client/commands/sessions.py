"""`sessions`: where one is signed in."""

from typing import Annotated

import typer

from client.api import Client
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
from client.show.people import show_sessions

sessions = typer.Typer(invoke_without_command=True, help="List your sessions, or end one.")


@sessions.callback()
def list_sessions(
    context: typer.Context,
    *,
    as_json: JsonOption = False,
    gateway: GatewayOption = None,
    ca: CaOption = None,
) -> None:
    """List your sessions, the last used first; or end one."""

    async def work(client: Client) -> None:
        listed = await client.sessions()
        if as_json:
            print_json(listed)
        else:
            show(show_sessions(listed))

    if lists_only(context, gateway=gateway, ca=ca):
        run(context, work, gateway=None, ca=None)


@sessions.command("revoke")
def revoke(
    context: typer.Context,
    *,
    session_id: Annotated[str, typer.Argument(metavar="ID", help="As sessions lists it.")],
    gateway: GatewayOption = None,
    ca: CaOption = None,
) -> None:
    """End a session: at once for new tokens, within 30 seconds for those it has."""

    async def work(client: Client) -> None:
        with listed_by("sessions"):
            await client.revoke_session(session_id)
        say_done("the session has ended")

    run(context, work, gateway=gateway, ca=ca)
