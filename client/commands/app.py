"""The command line, put together."""

from pathlib import Path
from typing import Annotated

import typer

from client.api import Client
from client.commands import collecting, invites, jobs, passwords, signing, sites
from client.commands.api_keys import api_keys
from client.commands.asking import question_command
from client.commands.audit import audit
from client.commands.dead_letters import dead_letters
from client.commands.members import members
from client.commands.own_data import account
from client.commands.sessions import sessions
from client.commands.terminal import CA_VARIABLE, GATEWAY_VARIABLE, Place
from client.commands.verifying import verify
from client.commands.webhooks import webhook_secret
from client.commands.workspace import workspace
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
    """See how work flows through Jira: connect a site, sync it, ask.

    A machine puts its API key into JIRA_ANALYTICS_API_KEY, and needs not sign in.
    """
    context.obj = Place(gateway, ca)


cli.command()(signing.signup)
cli.command()(signing.login)
cli.command()(signing.logout)
cli.command()(signing.whoami)
cli.command()(signing.switch)
cli.command()(workspace)
cli.command()(passwords.password)
cli.command()(passwords.forgot)
cli.command()(passwords.reset)
cli.command()(passwords.verify_email)
cli.add_typer(account, name="account")
cli.add_typer(sessions, name="sessions")
cli.add_typer(members, name="members")
cli.command()(invites.invite)
cli.add_typer(invites.invites, name="invites")
cli.command()(invites.accept)
cli.add_typer(api_keys, name="api-keys")
audit.command("verify")(verify)
cli.add_typer(audit, name="audit")
cli.add_typer(sites.connect, name="connect")
cli.command()(sites.connections)
cli.command()(sites.reconnect)
cli.command()(sites.collect)
cli.command()(webhook_secret)
cli.command()(collecting.sync)
cli.command()(jobs.jobs)
cli.add_typer(jobs.job, name="job")
cli.add_typer(dead_letters, name="dead-letters")
cli.command()(collecting.completeness)
cli.command("summary", help="The window's main figures beside those of the window before.")(
    question_command(Client.executive_summary, show_summary)
)
cli.command("bottlenecks", help="Where work waits, status by status.")(
    question_command(Client.bottlenecks, show_bottlenecks)
)
cli.command("workload", help="Who holds the work in progress, and for how long.")(
    question_command(Client.workload, show_workload)
)
