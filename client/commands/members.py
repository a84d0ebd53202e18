"""`members`: who belongs to the workspace, and what they may do."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.text import Text

from client.api import Client
from client.commands.prompts import confirm
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
from client.show.names import name
from client.show.people import show_members
from jira_analytics.auth.v1.workspace_pb2 import ApiKey

members = typer.Typer(
    invoke_without_command=True, help="List the workspace's members, or change who they are."
)
WhoArgument = Annotated[str, typer.Argument(metavar="EMAIL-OR-ID", help="Who is meant.")]
YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@members.callback()
def list_members(
    context: typer.Context,
    *,
    as_json: JsonOption = False,
    gateway: GatewayOption = None,
    ca: CaOption = None,
) -> None:
    """List the workspace's members; or change who they are."""

    async def work(client: Client) -> None:
        listed = await client.members()
        if as_json:
            print_json(listed)
        else:
            show(show_members(listed))

    if lists_only(context, gateway=gateway, ca=ca):
        run(context, work, gateway=None, ca=None)


@members.command("role")
def change_role(
    context: typer.Context,
    *,
    who: WhoArgument,
    role: Annotated[RoleName, typer.Argument(help="What they may do from now on.")],
    as_json: JsonOption = False,
    gateway: GatewayOption = None,
    ca: CaOption = None,
) -> None:
    """Give a member another role; it holds within 30 seconds."""

    async def work(client: Client) -> None:
        with listed_by("members"):
            changed = await client.update_member(
                await member_id(client, who), role=role.value_in_contract
            )
        if as_json:
            print_json(changed)
        else:
            say_done(name(changed.email or who, "bold"), f" has the role {role.value} now")

    run(context, work, gateway=gateway, ca=ca)


@members.command("remove")
def remove(
    context: typer.Context,
    *,
    who: WhoArgument,
    yes: YesOption = False,
    gateway: GatewayOption = None,
    ca: CaOption = None,
) -> None:
    """Take a member out of the workspace."""

    async def work(client: Client) -> None:
        found = await member_id(client, who)
        confirm(f"Take {who} out of the workspace?", yes=yes)
        with listed_by("members"):
            keys = await _keys_of(client, found)
            await client.remove_member(found)
        say_done(name(who, "bold"), " is no member any more", *_going_on(keys))

    run(context, work, gateway=gateway, ca=ca)


@members.command("leave")
def leave(
    context: typer.Context,
    *,
    yes: YesOption = False,
    gateway: GatewayOption = None,
    ca: CaOption = None,
) -> None:
    """Leave the workspace yourself."""

    async def work(client: Client) -> None:
        workspace = (await client.me()).workspace.name
        confirm(f"Leave {workspace}? Only an invitation brings you back.", yes=yes)
        await client.leave_workspace()
        say_done("you have left ", name(workspace, "bold"), ", and are signed out")

    run(context, work, gateway=gateway, ca=ca)


async def _keys_of(client: Client, user_id: str) -> list[ApiKey]:
    """Find the keys that a member made and that have not expired: they stay the workspace's."""
    now = datetime.now(UTC)
    return [
        key
        for key in (await client.api_keys()).api_keys
        if key.creator_id == user_id
        and (not key.HasField("expire_time") or key.expire_time.ToDatetime(tzinfo=UTC) > now)
    ]


def _going_on(keys: Sequence[ApiKey]) -> Iterator[str | Text]:
    """Name keys that go on working, and say how to end them."""
    if keys:
        yield "\n  keys they made go on working: "
        yield Text(", ").join(Text.assemble(name(key.name), f" ({key.id})") for key in keys)
        yield "; end one with: jira-analytics api-keys revoke ID"


async def member_id(client: Client, who: str) -> str:
    """Find a member by e-mail address; what holds no "@" is taken for an id."""
    if "@" not in who:
        return who
    for member in (await client.members()).members:
        if member.email.casefold() == who.casefold():
            return member.user_id
    raise ClientError(
        f"{who} is no member of the workspace", advice="see who is with: jira-analytics members"
    )
