"""`sync`: collect a site's issues, and watch it being done."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
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
from client.show.completeness import show_completeness
from client.show.progress import outcome_in_words, show_progress
from jira_analytics.sync.v1.sync_pb2 import SyncJob

INTERRUPTED = 130


def sync(
    context: typer.Context,
    *,
    connection: ConnectionOption = "",
    full: Annotated[
        bool, typer.Option("--full", help="Everything again, not what changed.")
    ] = False,
    believe_vanished: Annotated[
        bool,
        typer.Option(
            "--believe-vanished",
            help="With --full: whatever the site lists no more was deleted, however much.",
        ),
    ] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Stay until it is over.")] = False,
    as_json: JsonOption = False,
    gateway: GatewayOption = None,
    ca: CaOption = None,
) -> None:
    """Collect what changed on the site since the last sync; everything the first time."""
    begun: list[str] = []

    async def work(client: Client) -> None:
        job = await client.start_sync(connection, full=full, believe_vanished=believe_vanished)
        begun.append(job.id)
        if watch:
            await (as_json_lines if as_json else watch_sync)(client, job)
        elif as_json:
            print_json(job)
        else:
            _tell(job)

    with left_alone(begun, as_json=as_json):
        run(context, work, gateway=gateway, ca=ca)


def completeness(
    context: typer.Context,
    *,
    connection: ConnectionOption = "",
    as_json: JsonOption = False,
    gateway: GatewayOption = None,
    ca: CaOption = None,
) -> None:
    """Show what of a site is stored: up to when, how many of how many, and what is not."""

    async def work(client: Client) -> None:
        said = await client.completeness(connection)
        if as_json:
            print_json(said)
        else:
            console().print(show_completeness(said))

    run(context, work, gateway=gateway, ca=ca)


@contextmanager
def left_alone(begun: Sequence[str], *, as_json: bool) -> Iterator[None]:
    """Tell whoever looks away from a sync that it goes on, and how to see it again."""
    try:
        yield
    except KeyboardInterrupt:
        if begun and not as_json:
            console().print(f"the sync goes on; {_seen(begun[0])}", soft_wrap=True)
        raise typer.Exit(INTERRUPTED) from None


def _seen(job_id: str) -> str:
    return f"see it with: jira-analytics job watch {job_id}"


async def watch_sync(client: Client, job: SyncJob) -> None:
    """Show a sync until it is over; SyncFailed where it does not end well."""
    ended = await show_progress(client.watch(job.id), console=console())
    say_done(outcome_in_words(ended))


async def as_json_lines(client: Client, job: SyncJob) -> None:
    """Print each state the sync passes through as one line, as REST's stream does."""
    latest = job
    async for latest in client.watch(job.id):
        print_json(latest, indent=None)
    outcome_in_words(latest)


def _tell(job: SyncJob) -> None:
    mode, state = SyncJob.Mode.Name(job.mode), SyncJob.State.Name(job.state).lower()
    console().print(
        f"{mode} sync {job.id} is {state}; {_seen(job.id)}",
        soft_wrap=True,
    )
