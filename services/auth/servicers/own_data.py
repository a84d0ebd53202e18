"""The methods ExportAccount, DeleteAccount: parse, ask, pack."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OwnDataMethods:
    """Serves ExportAccount, DeleteAccount."""
