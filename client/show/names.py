"""Names that come from elsewhere: shown as they are, but never obeyed by the terminal."""

from rich.text import Text

UNPRINTABLE = "\N{REPLACEMENT CHARACTER}"


def printable(text: str) -> str:
    r"""Put a mark in the place of what a terminal would take for an instruction.

    >>> printable("Ada\x1b[2J")
    'Ada�[2J'
    """
    return "".join(letter if letter.isprintable() else UNPRINTABLE for letter in text)


def name(text: str, style: str = "") -> Text:
    """Make a name ready to be shown; brackets in it are no markup."""
    return Text(printable(text), style=style)
