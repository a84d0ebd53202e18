"""The operator's command that shows mails where no server sends them."""

import asyncio
import sys
from typing import Annotated

import typer

from services.auth.assembly.mails import sender
from services.auth.domain.email import Email, parse_email
from services.auth.mail.letters import Letter
from services.auth.operators import BY_HAND, app
from services.auth.settings import PostingSettings
from services.auth.store.audit_inbox import AuditInbox
from services.chassis import mongo
from services.chassis.clock import system_clock
from services.chassis.settings import load
from services.kernel.audit import event
from services.kernel.errors import ProductError

__all__ = ["app"]


async def show(letter: Letter) -> None:
    """Print a letter."""
    typer.echo(f"To: {letter.mail.email}\nSubject: {letter.subject}\n\n{letter.text}")


@app.command()
def mails(
    email: Annotated[str | None, typer.Option(help="Only what is for this address.")] = None,
) -> None:
    """Print the mails that wait, with their links, and take them for sent.

    Links are made by printing and are stored nowhere: print where nobody else reads.
    """
    try:
        wanted = None if email is None else parse_email(email)
        shown = asyncio.run(show_waiting(load(PostingSettings), wanted))
    except ProductError as refused:
        sys.exit(refused.message)
    typer.echo(f"{shown} mails.", err=True)


async def show_waiting(settings: PostingSettings, wanted: Email | None) -> int:
    """Print the mails that wait; gives how many were dealt with."""
    shown = 0
    async with mongo.connect(settings.mongo) as database:
        # Before the first is shown: whoever reads a link can follow it.
        await AuditInbox(database).add(event(BY_HAND, "mail.show", now=system_clock()))
        send = sender(settings, database, system_clock, show)
        while taken := await send(wanted):
            shown += taken
    return shown
