"""`connect`, `connections`, `reconnect`: the sites that issues are collected from."""

import re
import sys
from typing import Annotated
from urllib.parse import urlsplit

import typer
from rich.table import Table

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
from client.commands.webhooks import tell_form
from client.failures import ClientError
from client.show.names import name as name_text
from jira_analytics.sync.v1.connection_pb2 import Connection, ListConnectionsResponse

TOKEN_VARIABLE = "JIRA_ANALYTICS_SITE_TOKEN"  # noqa: S105 - the name of a variable
SLUG = re.compile(r"[a-z][a-z0-9-]{0,62}")

TokenOption = Annotated[
    str,
    typer.Option(
        "--token",
        envvar=TOKEN_VARIABLE,
        show_envvar=False,
        help=f"The account's API token. Asked for where it is left out; or ${TOKEN_VARIABLE}.",
    ),
]

ProjectOption = Annotated[
    list[str] | None, typer.Option(metavar="KEY", help="Only this project; may be repeated.")
]
JqlOption = Annotated[
    str, typer.Option("--jql", help="Only what this JQL matches, without ORDER BY.")
]

SITE_HELP = "https://NAME.atlassian.net; for a token with scopes https://api.atlassian.com/ex/jira/CLOUD_ID."

connect = typer.Typer(no_args_is_help=True, help="Connect a site that issues are collected from.")


@connect.command("jira")
def connect_jira(  # noqa: PLR0913 - a command's options are its arguments
    context: typer.Context,
    *,
    site: Annotated[str, typer.Option(metavar="URL", help=SITE_HELP)],
    email: Annotated[str, typer.Option(help="The account's e-mail address on the site.")],
    token: TokenOption = "",
    name: Annotated[str, typer.Option(help="What to call it; else as the site.")] = "",
    project: ProjectOption = None,
    jql: JqlOption = "",
    webhook: Annotated[
        bool,
        typer.Option(help="Make a secret for webhooks, and print what to put into Jira's form."),
    ] = True,
    as_json: JsonOption = False,
    gateway: GatewayOption = None,
    ca: CaOption = None,
) -> None:
    """Connect a Jira Cloud site; the credential is tried there first."""

    async def work(client: Client) -> None:
        connection = await client.connect_jira(
            name or name_of(site),
            site_url=site,
            email=email,
            api_token=token or _asked_token(),
            projects=project or (),
            jql=jql,
        )
        if as_json:
            print_json(connection)
            return
        _tell(connection, "connected to")
        if webhook:
            made = await client.rotate_webhook_secret(connection.id)
            tell_form(made, client.origin)

    run(context, work, gateway=gateway, ca=ca)


def collect(
    context: typer.Context,
    *,
    connection: ConnectionOption = "",
    project: ProjectOption = None,
    jql: JqlOption = "",
    as_json: JsonOption = False,
    gateway: GatewayOption = None,
    ca: CaOption = None,
) -> None:
    """Collect something else of a site from now on; everything where nothing is named."""

    async def work(client: Client) -> None:
        which = connection or await client.only_connection()
        changed = await client.collect(which, projects=project or (), jql=jql)
        if as_json:
            print_json(changed)
        else:
            _tell(changed, "from now on collected of")

    run(context, work, gateway=gateway, ca=ca)


def reconnect(
    context: typer.Context,
    *,
    connection: ConnectionOption = "",
    email: Annotated[str | None, typer.Option(help="Another account's, if it is another.")] = None,
    token: TokenOption = "",
    as_json: JsonOption = False,
    gateway: GatewayOption = None,
    ca: CaOption = None,
) -> None:
    """Give a connection another API token; it is tried on the site first."""

    async def work(client: Client) -> None:
        which = connection or await client.only_connection()
        changed = await client.give_credential(
            which, email=email, api_token=token or _asked_token()
        )
        if as_json:
            print_json(changed)
        else:
            _tell(changed, "signed in again to")

    run(context, work, gateway=gateway, ca=ca)


def connections(
    context: typer.Context,
    *,
    as_json: JsonOption = False,
    gateway: GatewayOption = None,
    ca: CaOption = None,
) -> None:
    """List the workspace's connections, and how they stand."""

    async def work(client: Client) -> None:
        listed = await client.connections()
        if as_json:
            print_json(listed)
        elif not listed.connections:
            console().print("no connections yet; make one with: jira-analytics connect jira")
        else:
            console().print(_table(listed))

    run(context, work, gateway=gateway, ca=ca)


def name_of(site: str) -> str:
    """Name a connection after its site: "acme" for https://acme.atlassian.net, else "jira"."""
    label, _, domain = (urlsplit(site).hostname or "").partition(".")
    tells = SLUG.fullmatch(label) and label != "localhost" and domain != "atlassian.com"
    return label if tells else "jira"


def _asked_token() -> str:
    if not sys.stdin.isatty():
        advice = f"give --token or set {TOKEN_VARIABLE}"
        raise ClientError("there is nobody to ask for the API token", advice=advice)
    answer: str = typer.prompt("API token", hide_input=True)
    return answer


def _tell(connection: Connection, done: str) -> None:
    projects = ", ".join(connection.scope.projects) or "every project the account sees"
    restriction = f", where {connection.scope.jql}" if connection.scope.jql else ""
    say_done(
        f"{done} ",
        name_text(connection.site_url, "bold"),
        " as ",
        name_text(connection.name, "bold"),
        f": {projects}",
        name_text(restriction),
        f"\n  next: jira-analytics sync --watch --connection {connection.name}",
    )


def _table(listed: ListConnectionsResponse) -> Table:
    table = Table(box=None, header_style="dim", pad_edge=False, padding=(0, 2, 0, 0))
    for column in ("name", "site", "state", "last sync"):
        table.add_column(column)
    for connection in listed.connections:
        synced = connection.last_sync_time
        table.add_row(
            name_text(connection.name),
            name_text(connection.site_url),
            Connection.State.Name(connection.state).lower().replace("_", " "),
            f"{synced.ToDatetime():%Y-%m-%d %H:%M:%S} UTC" if synced.seconds else "never",
        )
    return table
