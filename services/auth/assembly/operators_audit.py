"""Builds the methods ListAuditEvents, ListAuditCheckpoints of operators."""

from services.auth.assembly.audit import operators_methods as methods

__all__ = ["methods"]
