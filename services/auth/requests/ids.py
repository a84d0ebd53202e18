"""Ids that requests name things by."""

from typing import Final

from services.kernel.errors import InvalidField

LONGEST_ID: Final = 64


def id_of(text: str, name: str) -> str:
    """Take an id that must be there; whether there is such a thing is another question."""
    if not text:
        raise InvalidField(name, "this is needed")
    if len(text) > LONGEST_ID or not text.isprintable():
        raise InvalidField(name, f"an id has {LONGEST_ID} printable characters or fewer")
    return text
