"""`dead-letters list`, `dead-letters replay`: what is left of syncs that ended badly."""

from enum import StrEnum
from typing import Annotated

import typer

from client.api import Client
from client.commands.terminal import (
    CaOption,
    ConnectionOption,
    GatewayOption,
    JsonOption,
    console,
    print_json,
    run,
    say_done,
)
from client.failures import ClientError
from client.show.dead_letters import show_dead_letters, show_replays
from jira_analytics.sync.v1.sync_pb2 import DeadLetter, ReplayDeadLettersResponse


class Why(StrEnum):
    """The reasons, as they are typed."""

    ATTEMPTS_SPENT = "attempts-spent"
    KILLED_WORKERS = "killed-workers"
    UNEXPECTED = "unexpected"
    UNUSABLE = "unusable"


ReasonOption = Annotated[Why | None, typer.Option("--reason", help="Only letters with this one.")]
LettersArgument = Annotated[
    list[str] | None, typer.Argument(metavar="LETTER...", help="Letters, by their ids.")
]

dead_letters = typer.Typer(
    no_args_is_help=True, help="See which syncs ended badly for good, and start them again."
)


@dead_letters.command("list")
def list_letters(
    context: typer.Context,
    *,
    connection: ConnectionOption = "",
    reason: ReasonOption = None,
    as_json: JsonOption = False,
    gateway: GatewayOption = None,
    ca: CaOption = None,
) -> None:
    """List dead letters, the latest first."""

    async def work(client: Client) -> None:
        listed = await client.dead_letters(connection, reason=_reason(reason))
        if as_json:
            print_json(listed)
        elif not listed.dead_letters:
            console().print("no dead letters: no sync ended badly for good")
        else:
            console().print(show_dead_letters(listed.dead_letters))

    run(context, work, gateway=gateway, ca=ca)


@dead_letters.command("replay")
def replay(
    context: typer.Context,
    letters: LettersArgument = None,
    *,
    connection: ConnectionOption = "",
    reason: ReasonOption = None,
    everything: Annotated[bool, typer.Option("--all", help="All of the workspace.")] = False,
    as_json: JsonOption = False,
    gateway: GatewayOption = None,
    ca: CaOption = None,
) -> None:
    """Start again what dead letters are about: those named, those of a filter, or --all."""
    filtered = bool(connection or reason)

    async def work(client: Client) -> None:
        if sum((bool(letters), filtered, everything)) != 1:
            raise ClientError("name letters, or a filter, or --all")
        done = ReplayDeadLettersResponse()
        if letters:
            done = await client.replay(letters)
        else:
            async for some in client.replay_found(connection, reason=_reason(reason)):
                done.replays.extend(some.replays)
        _tell(done, as_json=as_json)

    run(context, work, gateway=gateway, ca=ca)


def _tell(done: ReplayDeadLettersResponse, *, as_json: bool) -> None:
    if as_json:
        print_json(done)
    elif not done.replays:
        console().print("nothing to replay")
    else:
        console().print(show_replays(done.replays))
        started = sum(one.started for one in done.replays)
        say_done(f"{started:,} started; see them with: jira-analytics jobs")


def _reason(reason: Why | None) -> "DeadLetter.Reason.ValueType":
    return DeadLetter.Reason.Value(reason.name) if reason else DeadLetter.REASON_UNSPECIFIED
