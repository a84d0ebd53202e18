"""`webhook-secret`: what a site's administrator puts into Jira's form for webhooks."""

from typing import Annotated, Final

import typer
from rich.text import Text

from client.api import Client
from client.commands.terminal import (
    CaOption,
    ConnectionOption,
    GatewayOption,
    JsonOption,
    as_rest,
    console,
    print_as_json,
    run,
)
from client.show.names import name as name_text
from jira_analytics.sync.v1.connection_pb2 import WebhookSecret

# Boxes of Jira's form; others do no harm, and lead to nothing.
EVENTS: Final = "issue, comment, worklog: created, updated, deleted; issue link: created, deleted"


def webhook_secret(
    context: typer.Context,
    *,
    connection: ConnectionOption = "",
    end_former: Annotated[
        bool, typer.Option("--end-former", help="End the secret before at once: others know it.")
    ] = False,
    as_json: JsonOption = False,
    gateway: GatewayOption = None,
    ca: CaOption = None,
) -> None:
    """Make the secret that a site signs its webhooks with; the one before holds for a day."""

    async def work(client: Client) -> None:
        which = connection or await client.only_connection()
        made = await client.rotate_webhook_secret(which, end_former=end_former)
        if as_json:
            print_as_json({**as_rest(made), "url": client.origin + made.path})
        else:
            tell_form(made, client.origin)

    run(context, work, gateway=gateway, ca=ca)


def tell_form(made: WebhookSecret, origin: str) -> None:
    """Print what to put into Jira's form, with the secret: it is shown this once."""
    lines = console()
    lines.print(
        "\nto hear of changes within seconds, an administrator of the site puts this into"
        "\nJira settings > System > WebHooks > Create a WebHook:"
    )
    for field, value in (
        ("URL", name_text(origin + made.path)),
        ("Secret", name_text(made.secret, "bold")),
        ("JQL", Text("leave it empty: what is collected decides")),
        ("Events", Text(EVENTS)),
        ("Exclude body", Text("leave it off")),
    ):
        # As it is, however long: it is to be copied.
        lines.print(Text.assemble(f"  {field:<13}", value), soft_wrap=True)
    lines.print("the secret is shown this once; make another with: jira-analytics webhook-secret")
    if made.HasField("former_until_time"):
        until = made.former_until_time.ToDatetime()
        lines.print(f"the secret before holds until {until:%Y-%m-%d %H:%M:%S} UTC")
