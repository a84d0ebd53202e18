"""Asking the person at the terminal; what is secret is not shown, and prompts are no output."""

import sys

import typer

from client.failures import ClientError


def ask(what: str, *, advice: str) -> str:
    """Ask for something that may be seen; ClientError with advice where nobody is there."""
    return _asked(what, advice, hidden=False, twice=False)


def ask_hidden(what: str, *, advice: str, twice: bool = False) -> str:
    """Ask for a secret, `twice` where a slip would be noticed too late."""
    return _asked(what, advice, hidden=True, twice=twice)


def confirm(question: str, *, yes: bool) -> None:
    """Ask before something that cannot be taken back, unless `yes` was said beforehand."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise ClientError("there is nobody to ask whether that is meant", advice="give --yes")
    typer.confirm(question, abort=True, err=True)


def _asked(what: str, advice: str, *, hidden: bool, twice: bool) -> str:
    if not sys.stdin.isatty():
        # "Password (12 characters or more)" is "the password" in a sentence.
        wanted = what.partition(" (")[0]
        raise ClientError(
            f"there is nobody to ask for the {wanted[0].lower()}{wanted[1:]}", advice=advice
        )
    answer: str = typer.prompt(what, hide_input=hidden, confirmation_prompt=twice, err=True)
    return answer
