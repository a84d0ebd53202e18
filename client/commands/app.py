"""The command line, put together."""

from pathlib import Path
from typing import Annotated

import typer

from client.api import Client
from client.commands import account, collecting, sites
from client.commands.asking import question_command
from client.commands.terminal import CA_VARIABLE, GATEWAY_VARIABLE, Place
from client.place import DEFAULT_ADDRESS
from client.show.bottlenecks import show_bottlenecks
from client.show.summary import show_summary
from client.show.workload import show_workload

cli = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@cli.callback()
def place(
    context: typer.Context,
    *,
    gateway: Annotated[
        str, typer.Option(envvar=GATEWAY_VARIABLE, metavar="URL", help="The gateway.")
    ] = DEFAULT_ADDRESS,
    ca: Annotated[
        Path | None,
        typer.Option(
            envvar=CA_VARIABLE, metavar="FILE", help="Its CA, PEM; .local/ca.pem if there."
        ),
    ] = None,
) -> None:
    """See how work flows through Jira: connect a site, sync it, ask."""
    context.obj = Place(gateway, ca)


cli.command()(account.signup)
cli.command()(account.login)
cli.add_typer(sites.connect, name="connect")
cli.command()(sites.connections)
cli.command()(sites.reconnect)
cli.command()(collecting.sync)
cli.command("summary", help="The window's main figures beside those of the window before.")(
    question_command(Client.executive_summary, show_summary)
)
cli.command("bottlenecks", help="Where work waits, status by status.")(
    question_command(Client.bottlenecks, show_bottlenecks)
)
cli.command("workload", help="Who holds the work in progress, and for how long.")(
    question_command(Client.workload, show_workload)
)
