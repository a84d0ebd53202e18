"""Where commands meet the terminal: options they share, the client they use, what they print."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from google.protobuf.json_format import MessageToJson
from google.protobuf.message import Message
from rich.console import Console
from rich.text import Text

from client.api import Client
from client.failures import ClientError
from client.place import DEFAULT_ADDRESS, Gateway, find_gateway
from client.session import SessionFile, default_file
from client.show.names import name

GATEWAY_VARIABLE = "JIRA_ANALYTICS_GATEWAY"
CA_VARIABLE = "JIRA_ANALYTICS_CA"

GatewayOption = Annotated[
    str | None,
    typer.Option("--gateway", metavar="URL", help=f"The gateway; else ${GATEWAY_VARIABLE}."),
]
CaOption = Annotated[
    Path | None,
    typer.Option("--ca", metavar="FILE", help=f"Its CA, PEM; else ${CA_VARIABLE}."),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print the answer as JSON, as REST gives it.")
]
ConnectionOption = Annotated[
    str, typer.Option("--connection", help="Its name or id; not needed where there is one.")
]


@dataclass(frozen=True, slots=True)
class Place:
    """The gateway that was named before the command, in the environment, or by default."""

    address: str = DEFAULT_ADDRESS
    ca: Path | None = None


def console() -> Console:
    """Make the console that answers are printed on; plain where it is no terminal."""
    return Console(highlight=False)


def run(
    context: typer.Context,
    work: Callable[[Client], Awaitable[None]],
    *,
    gateway: str | None,
    ca: Path | None,
) -> None:
    """Do a command's work with a client; an error becomes one sentence and exit code 1."""
    place = context.ensure_object(Place)
    try:
        found = find_gateway(gateway or place.address, ca=ca or place.ca)
        asyncio.run(_with_client(found, work))
    except ClientError as error:
        give_up(error)


async def _with_client(gateway: Gateway, work: Callable[[Client], Awaitable[None]]) -> None:
    async with Client(gateway, SessionFile(default_file())) as client:
        await work(client)


def give_up(error: ClientError) -> None:
    """Say what is wrong, and end."""
    errors = Console(stderr=True, highlight=False, soft_wrap=True)
    errors.print("jira-analytics:", style="bold red", end=" ")
    errors.print(name(str(error)))
    raise typer.Exit(1)


def say_done(*parts: str | Text) -> None:
    """Say that something was done."""
    console().print(Text.assemble(("✓ ", "green"), *parts), soft_wrap=True)


def print_json(message: Message, *, indent: int | None = 2) -> None:
    """Print a message as REST shows it: the contract's field names, enums by name."""
    typer.echo(as_json(message, indent=indent))


def as_json(message: Message, *, indent: int | None = 2) -> str:
    """Write a message as REST shows it; figures that are withheld are absent, zeros are there."""
    return MessageToJson(
        message,
        preserving_proto_field_name=True,
        always_print_fields_with_no_presence=True,
        ensure_ascii=False,
        indent=indent,
    )
