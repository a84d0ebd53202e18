"""The methods of workspaces and their members: parse, ask, pack."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WorkspaceMethods:
    """Serves the methods of workspaces and their members."""
