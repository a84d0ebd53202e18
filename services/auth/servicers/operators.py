"""The methods CreateUser, SetTier, DisableUser, GetUsage: parse, ask, pack."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OperatorMethods:
    """Serves CreateUser, SetTier, DisableUser, GetUsage."""
