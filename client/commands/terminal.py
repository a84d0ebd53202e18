"""Where commands meet the terminal: options they share, the client they use, what they print."""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from rich.console import Console, RenderableType
from rich.text import Text

from client.api import Client
from client.bearer.machine import KEY_VARIABLE, ApiKey
from client.failures import ClientError, Refused
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


def lists_only(context: typer.Context, *, gateway: str | None, ca: Path | None) -> bool:
    """Tell whether a group of commands was called alone; if not, hand its gateway on."""
    place = context.ensure_object(Place)
    context.obj = Place(gateway or place.address, ca or place.ca)
    return context.invoked_subcommand is None


@contextmanager
def listed_by(command: str) -> Iterator[None]:
    """Tell whoever names something that is not there where to look for it."""
    try:
        yield
    except Refused as error:
        if error.reason != "NOT_FOUND":
            raise
        advice = f"see what there is with: jira-analytics {command}"
        raise Refused(error.sentence, reason=error.reason, advice=advice) from error


def whoever() -> SessionFile | ApiKey:
    """Tell who calls: a machine where its key is in the environment, else whoever signed in."""
    secret = os.environ.get(KEY_VARIABLE, "").strip()
    return ApiKey(secret) if secret else SessionFile(default_file())


async def _with_client(gateway: Gateway, work: Callable[[Client], Awaitable[None]]) -> None:
    async with Client(gateway, whoever()) as client:
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


def show(part: RenderableType) -> None:
    """Print something for a person."""
    console().print(part)


def json_line(message: Message) -> str:
    """Write a message as a line of JSON."""
    return json.dumps(as_rest(message), ensure_ascii=False)


def print_json(message: Message, *, indent: int | None = 2) -> None:
    """Print a message as REST shows it: the contract's field names, enums by name."""
    print_as_json(as_rest(message), indent=indent)


def print_as_json(value: Mapping[str, Any], *, indent: int | None = 2) -> None:
    """Print what is no message of the contract alone."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=indent))


def as_rest(message: Message) -> dict[str, Any]:
    """Write a message as REST shows it; figures that are withheld are absent, zeros are there."""
    return MessageToDict(
        message,
        preserving_proto_field_name=True,
        always_print_fields_with_no_presence=True,
    )
