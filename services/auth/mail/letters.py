"""What mails say. Nothing in them was typed by anybody: they cannot be made to carry a message."""

from dataclasses import dataclass, field
from typing import Final

from services.auth.domain.link import LinkKind
from services.auth.domain.mail import Mail


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


def letter_of(mail: Mail, token: str, *, base: str) -> Letter:
    """Write a mail, with its link."""
    address = link_address(base, mail.kind, token)
    command = f"With the command line: jira-analytics {_COMMANDS[mail.kind]} '{address}'"
    text = f"{_TEXTS[mail.kind]}\n\n{address}\n\n{command}\n\n{_END}\n"
    return Letter(mail, _SUBJECTS[mail.kind], text)
