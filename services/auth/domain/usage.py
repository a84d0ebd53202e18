"""How much is kept."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.kernel.membership import Tier


@dataclass(frozen=True, slots=True)
class Usage:
    """Counts of what is kept: sessions that stand, and keys that can be used."""

    users: int
    workspaces: Mapping[Tier, int]
    sessions: int
    api_keys: int
