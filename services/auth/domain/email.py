"""E-mail addresses, the names by which people sign in."""

import re
from typing import NewType

from services.kernel.errors import InvalidField

# Normalised: two ways to write one address are one account.
Email = NewType("Email", str)

# RFC 5321, section 4.5.3.1: the most that a local part and a path may hold.
LONGEST_LOCAL = 64
LONGEST = 254
_LOCAL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


def parse_email(text: str, *, field: str = "email") -> Email:
    """Normalise an address; InvalidField unless it looks like one that mail can reach."""
    address = text.strip().lower()
    local, _, domain = address.rpartition("@")
    labels = domain.split(".")
    plausible = (
        len(address) <= LONGEST
        and len(local) <= LONGEST_LOCAL
        and _LOCAL.fullmatch(local) is not None
        and len(labels) > 1
        and all(_LABEL.fullmatch(label) for label in labels)
    )
    if not plausible:
        raise InvalidField(field, "this is not an e-mail address such as name@example.com")
    return Email(address)
