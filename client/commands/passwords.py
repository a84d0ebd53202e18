"""`password`, `forgot`, `reset`, `verify-email`: what proves that one is oneself."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from client.api import Client
from client.commands.links import LinkArgument, token_of
from client.commands.prompts import ask_hidden
from client.commands.signing import PASSWORD_VARIABLE
from client.commands.terminal import CaOption, GatewayOption, run, say_done
from client.failures import Refused
from client.show.names import name

NEXT_PASSWORD_VARIABLE = "JIRA_ANALYTICS_NEW_PASSWORD"  # noqa: S105 - the name of a variable


def password(
    context: typer.Context,
    *,
    gateway: GatewayOption = None,
    ca: CaOption = None,
) -> None:
    """Change your password; your other sessions end.

    Both are asked for; or $JIRA_ANALYTICS_PASSWORD and $JIRA_ANALYTICS_NEW_PASSWORD.
    """

    async def work(client: Client) -> None:
        # Who is not signed in learns it before typing three passwords.
        await client.me()
        current = os.environ.get(PASSWORD_VARIABLE) or ask_hidden(
            "Password until now", advice=f"set {PASSWORD_VARIABLE}"
        )
        with _of_the_password_until_now():
            await client.change_password(current=current, password=_next_password())
        say_done("the password is changed, and your other sessions have ended")

    run(context, work, gateway=gateway, ca=ca)


def forgot(
    context: typer.Context,
    *,
    email: Annotated[str, typer.Argument(help="The account's e-mail address.")],
    gateway: GatewayOption = None,
    ca: CaOption = None,
) -> None:
    """Have a link mailed with which a forgotten password is replaced."""

    async def work(client: Client) -> None:
        await client.request_password_reset(email)
        say_done(
            "if ",
            name(email, "bold"),
            " has an account, a mail is on its way; its link works for an hour"
            "\n  next: jira-analytics reset",
        )

    run(context, work, gateway=gateway, ca=ca)


def reset(
    context: typer.Context,
    *,
    link: LinkArgument = "",
    gateway: GatewayOption = None,
    ca: CaOption = None,
) -> None:
    """Replace a forgotten password with the mailed link; all your sessions end.

    The password is asked for; or $JIRA_ANALYTICS_NEW_PASSWORD.
    """

    async def work(client: Client) -> None:
        token = token_of(link)
        await client.reset_password(token, password=_next_password())
        say_done("the password is changed; sign in with: jira-analytics login")

    run(context, work, gateway=gateway, ca=ca)


def verify_email(
    context: typer.Context,
    *,
    link: LinkArgument = "",
    again: Annotated[
        bool, typer.Option("--again", help="Have the link mailed once more instead.")
    ] = False,
    gateway: GatewayOption = None,
    ca: CaOption = None,
) -> None:
    """Confirm your e-mail address with the mailed link, or have it mailed again."""

    async def work(client: Client) -> None:
        if again:
            await client.request_email_verification()
            say_done(
                "unless your address is confirmed, a mail is on its way, one a minute at most;"
                " its link works for seven days\n  next: jira-analytics verify-email"
            )
            return
        await client.verify_email(token_of(link))
        say_done("the e-mail address is confirmed")

    run(context, work, gateway=gateway, ca=ca)


@contextmanager
def _of_the_password_until_now() -> Iterator[None]:
    """Say which of the two passwords it was."""
    try:
        yield
    except Refused as error:
        if error.reason != "CREDENTIALS_INVALID":
            raise
        raise Refused(
            "that is not your password until now", reason=error.reason, advice=error.advice
        ) from error


def _next_password() -> str:
    return os.environ.get(NEXT_PASSWORD_VARIABLE) or ask_hidden(
        "Password from now on (12 characters or more)",
        advice=f"set {NEXT_PASSWORD_VARIABLE}",
        twice=True,
    )
