"""The methods ListAuditEvents, ListAuditCheckpoints, RecordAuditEvents: parse, ask, pack."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AuditMethods:
    """Serves ListAuditEvents, ListAuditCheckpoints, RecordAuditEvents."""
