"""The passwords that everybody tries first, read once; the list beside this says its sources."""

import functools
from importlib.resources import files

COMMENT = "# "


@functools.cache
def commonest_passwords() -> frozenset[str]:
    """Give them, in lower case."""
    text = (files(__package__) / "commonest_passwords.txt").read_text(encoding="utf-8")
    return frozenset(line for line in text.splitlines() if not line.startswith(COMMENT))
