"""The methods of passwords and mailed links: parse, ask, pack."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PasswordMethods:
    """Serves the methods of passwords and mailed links."""
