"""The methods RotateKeys: parse, ask, pack."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SigningKeyMethods:
    """Serves RotateKeys."""
