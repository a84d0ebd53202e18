"""What mails say. Nothing in them was typed by anybody: they cannot be made to carry a message.

But for a connection's name, which is small letters, digits and hyphens, and goes to the owners of
its workspace alone.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from services.auth.domain.link import LinkKind
from services.auth.domain.mail import Mail
from services.kernel.connection import Source
from services.kernel.stop import Cause, Stop


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail as it is read."""

    mail: Mail
    subject: str
    text: str = field(repr=False)


_PATHS: Final = {
    LinkKind.VERIFY_EMAIL: "verify-email",
    LinkKind.RESET_PASSWORD: "reset-password",
    LinkKind.INVITE: "accept-invite",
}
# The same by the command line, which takes the whole link.
_COMMANDS: Final = {
    LinkKind.VERIFY_EMAIL: "verify-email",
    LinkKind.RESET_PASSWORD: "reset",
    LinkKind.INVITE: "accept",
}
_SUBJECTS: Final = {
    LinkKind.VERIFY_EMAIL: "Confirm your e-mail address",
    LinkKind.RESET_PASSWORD: "Choose another password",
    LinkKind.INVITE: "You are invited to a workspace",
}
_TEXTS: Final = {
    LinkKind.VERIFY_EMAIL: (
        "An account of jira-analytics was made with this e-mail address. If that was you, confirm"
        " it within seven days:"
    ),
    LinkKind.RESET_PASSWORD: (
        "Somebody asked for another password of your jira-analytics account. If that was you,"
        " choose it within the hour; all your sessions will end then:"
    ),
    LinkKind.INVITE: (
        "You are invited to a workspace of jira-analytics. Sign in or sign up with this e-mail"
        " address, and accept within seven days:"
    ),
}
_END: Final = "The link works once. If it is not for you, do nothing."


def link_address(base: str, kind: LinkKind, token: str) -> str:
    """Make a link's address; what follows "#" is sent to no server and into no log."""
    return f"{base.rstrip('/')}/{_PATHS[kind]}#{token}"


def letter_of(mail: Mail, kind: LinkKind, token: str, *, base: str) -> Letter:
    """Write a mail with a link."""
    address = link_address(base, kind, token)
    command = f"With the command line: jira-analytics {_COMMANDS[kind]} '{address}'"
    text = f"{_TEXTS[kind]}\n\n{address}\n\n{command}\n\n{_END}\n"
    return Letter(mail, _SUBJECTS[kind], text)


_SOURCES: Final = {Source.JIRA_CLOUD: "Jira Cloud"}
_CAUSES: Final = {
    Cause.REFUSED: "the site refuses its credential",
    Cause.ERASED: "the person whose credential it used is erased",
}


def stop_letter(mail: Mail, stop: Stop, *, base: str) -> Letter:
    """Write to an owner that a connection stopped, why, since when, and what to do."""
    since = datetime.fromtimestamp(stop.since / 1000, UTC)
    happened = (
        f'The connection "{stop.connection_name}" ({_SOURCES[stop.source]}) of your'
        f" jira-analytics workspace {stop.workspace_id} stopped on {since:%Y-%m-%d} at"
        f" {since:%H:%M} UTC: {_CAUSES[stop.cause]}. What was collected stays, and nothing newer"
        " comes until an admin of the workspace gives the connection another API token:"
    )
    place = f"{base.rstrip('/')}/api/connections/{stop.connection_id}"
    command = f"jira-analytics reconnect --connection {stop.connection_name}"
    text = (
        f"{happened}\n\nWith the command line: {command}\n\n"
        f"Over HTTP: PATCH {place} with email and api_token\n\n"
        "It is collected again at once then. If somebody has done so by now, do nothing.\n"
    )
    return Letter(mail, "A connection stopped: it needs another credential", text)
