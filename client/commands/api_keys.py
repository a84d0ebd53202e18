"""`api-keys`: keys with which machines call."""

from datetime import datetime
from typing import Annotated

import typer

from client.api import Client
from client.bearer.machine import KEY_VARIABLE
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
from client.commands.words import ScopeName, moment_to_come
from client.failures import ClientError
from client.show.listing import stamp
from client.show.names import name
from client.show.people import scopes_in_words, show_api_keys
from jira_analytics.auth.v1.workspace_pb2 import ApiKey

api_keys = typer.Typer(
    invoke_without_command=True, help="List the workspace's keys for machines; make or end one."
)


@api_keys.callback()
def list_api_keys(
    context: typer.Context,
    *,
    as_json: JsonOption = False,
    gateway: GatewayOption = None,
    ca: CaOption = None,
) -> None:
    """List the workspace's keys for machines; or make or end one."""

    async def work(client: Client) -> None:
        listed = await client.api_keys()
        if as_json:
            print_json(listed)
        elif listed.api_keys:
            show(show_api_keys(listed))
        else:
            show("no keys yet; make one with: jira-analytics api-keys create NAME --scope SCOPE")

    if lists_only(context, gateway=gateway, ca=ca):
        run(context, work, gateway=None, ca=None)


@api_keys.command("create")
def create(
    context: typer.Context,
    *,
    called: Annotated[str, typer.Argument(metavar="NAME", help="What people will call it.")],
    scope: Annotated[
        list[ScopeName], typer.Option(help="What it may be used for; may be repeated.")
    ],
    expires: Annotated[
        datetime | None,
        typer.Option(
            parser=moment_to_come, metavar="90d|DATE", help="When it expires; else never."
        ),
    ] = None,
    as_json: JsonOption = False,
    gateway: GatewayOption = None,
    ca: CaOption = None,
) -> None:
    """Make a key; its secret is shown now, and never again."""

    async def work(client: Client) -> None:
        made = await client.create_api_key(
            called, scopes=[each.value_in_contract for each in scope], expires=expires
        )
        if as_json:
            print_json(made)
        else:
            _tell(made)

    run(context, work, gateway=gateway, ca=ca)


@api_keys.command("revoke")
def revoke(
    context: typer.Context,
    *,
    which: Annotated[str, typer.Argument(metavar="ID-OR-NAME", help="As api-keys lists it.")],
    gateway: GatewayOption = None,
    ca: CaOption = None,
) -> None:
    """End a key: at once for new tokens, within 30 seconds for those it was traded for."""

    async def work(client: Client) -> None:
        with listed_by("api-keys"):
            await client.revoke_api_key(await _id_of(client, which))
        say_done("the key has ended")

    run(context, work, gateway=gateway, ca=ca)


async def _id_of(client: Client, which: str) -> str:
    """Find a key by its id, or by its name where only one is called so."""
    keys = (await client.api_keys()).api_keys
    found = [key.id for key in keys if which in {key.id, key.name}]
    if len(found) == 1:
        return found[0]
    if found:
        raise ClientError(f"several keys are called {which}", advice="give an id")
    raise ClientError(
        f"there is no key {which}", advice="see which there are with: jira-analytics api-keys"
    )


def _tell(key: ApiKey) -> None:
    say_done(
        "made the key ",
        name(key.name, "bold"),
        f" for {scopes_in_words(key)}; it expires {stamp(key.expire_time, missing='never')}"
        f"\n  its secret, shown this once (a machine takes it from {KEY_VARIABLE}):",
    )
    typer.echo(key.secret)
