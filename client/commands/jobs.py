"""`jobs`, `job watch`, `job cancel`: the syncs that were asked for."""

from typing import Annotated

import typer

from client.api import Client
from client.commands.collecting import as_json_lines, left_alone, watch_sync
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
from client.show.jobs import show_jobs
from client.show.listing import word
from jira_analytics.sync.v1.sync_pb2 import SyncJob

JobArgument = Annotated[str, typer.Argument(metavar="JOB", help="A sync's id, as `jobs` shows it.")]

job = typer.Typer(no_args_is_help=True, help="Watch a sync, or give it up.")


def jobs(
    context: typer.Context,
    *,
    connection: ConnectionOption = "",
    as_json: JsonOption = False,
    gateway: GatewayOption = None,
    ca: CaOption = None,
) -> None:
    """List syncs, the latest first."""

    async def work(client: Client) -> None:
        listed = await client.jobs(connection)
        if as_json:
            print_json(listed)
        elif not listed.jobs:
            console().print("no syncs yet; start one with: jira-analytics sync --watch")
        else:
            console().print(show_jobs(listed.jobs))

    run(context, work, gateway=gateway, ca=ca)


@job.command("watch")
def watch(
    context: typer.Context,
    job_id: JobArgument,
    *,
    as_json: JsonOption = False,
    gateway: GatewayOption = None,
    ca: CaOption = None,
) -> None:
    """Stay with a sync until it is over."""

    async def work(client: Client) -> None:
        await (as_json_lines if as_json else watch_sync)(client, await client.job(job_id))

    with left_alone([job_id], as_json=as_json):
        run(context, work, gateway=gateway, ca=ca)


@job.command("cancel")
def cancel(
    context: typer.Context,
    job_id: JobArgument,
    *,
    as_json: JsonOption = False,
    gateway: GatewayOption = None,
    ca: CaOption = None,
) -> None:
    """Give a sync up: what it stored stays, and nothing more is asked of the site for it."""

    async def work(client: Client) -> None:
        ended = await client.cancel(job_id)
        if as_json:
            print_json(ended)
        elif ended.state == SyncJob.CANCELLED:
            say_done(f"{ended.id} is given up after {ended.progress.issues_done:,} issues")
        else:
            console().print(f"{ended.id} was over before: {word(SyncJob.State.Name(ended.state))}")

    run(context, work, gateway=gateway, ca=ca)
