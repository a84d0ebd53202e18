"""What comes by mail: a link whose token opens something once."""

from typing import Annotated

import typer

from client.commands.prompts import ask_hidden

LINK_VARIABLE = "JIRA_ANALYTICS_LINK"

LinkArgument = Annotated[
    str,
    typer.Argument(
        metavar="TOKEN",
        envvar=LINK_VARIABLE,
        show_envvar=False,
        help=f"The mailed link, or its token. Asked for where left out; or ${LINK_VARIABLE}.",
    ),
]


def token_of(link: str) -> str:
    """Take the token out of a mailed link, or ask for it.

    >>> token_of("https://flow.example.com/reset-password#jal_1"), token_of("jal_1")
    ('jal_1', 'jal_1')
    """
    said = link or ask_hidden("Link from the mail", advice=f"give the link, or set {LINK_VARIABLE}")
    return said.strip().rpartition("#")[2]
