"""Events of a workspace's audit, as auth and the services that report to it make them."""

from services.kernel.audit import Actor, AuditEvent, event

__all__ = ["Actor", "AuditEvent", "event"]
