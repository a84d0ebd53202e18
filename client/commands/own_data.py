"""`account`: one's name, and everything that is held about oneself: taken along, or erased."""

import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, TextIO

import typer

from client.api import Client
from client.commands.prompts import confirm
from client.commands.terminal import (
    CaOption,
    GatewayOption,
    JsonOption,
    json_line,
    print_json,
    run,
    say_done,
)
from client.failures import ClientError
from client.session import OWNER_ONLY
from client.show.names import name
from jira_analytics.auth.v1.auth_pb2 import AccountRecord

account = typer.Typer(
    no_args_is_help=True, help="Change your name; export or delete all that is held about you."
)


@account.command("name")
def rename(
    context: typer.Context,
    *,
    display_name: Annotated[str, typer.Argument(metavar="NAME", help="From now on.")],
    as_json: JsonOption = False,
    gateway: GatewayOption = None,
    ca: CaOption = None,
) -> None:
    """Change how you are shown to others."""

    async def work(client: Client) -> None:
        me = await client.rename_me(display_name)
        if as_json:
            print_json(me)
        else:
            say_done("others see you as ", name(me.display_name, "bold"), " now")

    run(context, work, gateway=gateway, ca=ca)


@account.command("export")
def export(
    context: typer.Context,
    *,
    file: Annotated[Path, typer.Argument(help="Where to write it; - is the terminal.")],
    gateway: GatewayOption = None,
    ca: CaOption = None,
) -> None:
    """Write all that is held about you, one JSON object a line."""

    async def work(client: Client) -> None:
        with _opened(file) as out:
            written = await write_records(client.export_account(), out)
        if file != Path("-"):
            say_done(f"{written:,} records, and that is all; they are in {file}")

    run(context, work, gateway=gateway, ca=ca)


@account.command("delete")
def delete(
    context: typer.Context,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    gateway: GatewayOption = None,
    ca: CaOption = None,
) -> None:
    """Delete your account, and the workspaces that are yours alone."""

    async def work(client: Client) -> None:
        me = await client.me()
        confirm(
            f"This deletes the account {me.email}. You are signed out everywhere now. In 14 days "
            "the account and the workspaces that are yours alone are erased, with everything in "
            "them, and nobody can bring them back; signing in before takes the deletion back. "
            "Delete it?",
            yes=yes,
        )
        await client.delete_account()
        say_done(
            "the account will be erased in 14 days; to keep it, sign in before: "
            "jira-analytics login"
        )

    run(context, work, gateway=gateway, ca=ca)


async def write_records(records: AsyncIterator[AccountRecord], out: TextIO) -> int:
    """Write an export, its last record too; ClientError unless that says that it is complete."""
    written, said = 0, None
    try:
        async for record in records:
            out.write(json_line(record) + "\n")
            if record.WhichOneof("record") == "complete":
                said = record.complete.record_count
            else:
                written += 1
    except ClientError as error:
        if not written:
            raise
        raise _incomplete(written, error.sentence) from error
    if said is None:
        raise _incomplete(written, "it ended before its last record")
    if said != written:
        raise _incomplete(written, f"{said:,} were sent")
    return written


def _incomplete(written: int, why: str) -> ClientError:
    return ClientError(
        f"the export is not complete after {written:,} records ({why})",
        advice="try again",
    )


@contextmanager
def _opened(file: Path) -> Iterator[TextIO]:
    """Open a file that is not there yet, for its owner alone; nothing half is left."""
    if file == Path("-"):
        yield sys.stdout
        return
    try:
        descriptor = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, OWNER_ONLY)
    except OSError as error:
        raise ClientError(
            f"{file} cannot be written ({error.strerror})", advice="name another file"
        ) from error
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            yield out
    except BaseException:
        file.unlink(missing_ok=True)
        raise
