"""The methods IssueServiceToken, ListRevocations: parse, ask, pack."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class InternalMethods:
    """Serves IssueServiceToken, ListRevocations."""
