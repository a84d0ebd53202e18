"""`workspace`: what the workspace is called, and whose days its days are."""

from typing import Annotated

import typer

from client.api import Client
from client.commands.terminal import (
    CaOption,
    GatewayOption,
    JsonOption,
    print_json,
    run,
    say_done,
    show,
)
from client.commands.words import zone
from client.show.identity import workspace_in_words


def workspace(
    context: typer.Context,
    *,
    called: Annotated[str | None, typer.Option("--name", help="Call it so from now on.")] = None,
    time_zone: Annotated[
        str, typer.Option(callback=zone, help="Whose days are meant from now on.")
    ] = "",
    as_json: JsonOption = False,
    gateway: GatewayOption = None,
    ca: CaOption = None,
) -> None:
    """Say which workspace it is, or change its name or time zone."""
    changes = called is not None or bool(time_zone)

    async def work(client: Client) -> None:
        if changes:
            found = await client.update_workspace(name=called, time_zone=time_zone or None)
        else:
            found = await client.workspace()
        if as_json:
            print_json(found)
        elif changes:
            say_done("the workspace is ", workspace_in_words(found), " now")
        else:
            show(workspace_in_words(found))

    run(context, work, gateway=gateway, ca=ca)
