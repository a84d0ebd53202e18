"""Builds the methods IssueServiceToken, ListRevocations."""

import structlog

from services.auth.domain.clients import clients_of
from services.auth.kit import Kit
from services.auth.service_calls.issue_service_token import IssueServiceToken, ServiceTokenMaker
from services.auth.service_calls.list_revocations import ListRevocations
from services.auth.servicers.internal import InternalMethods
from services.auth.store.audit_inbox import AuditInbox
from services.auth.store.revocations import RevocationStore

logger = structlog.get_logger()


def methods(kit: Kit) -> InternalMethods:
    """Build them."""
    clients = clients_of(kit.settings.clients.secrets.get_secret_value())
    maker, inbox = ServiceTokenMaker(kit.ring, kit.clock), AuditInbox(kit.database)
    return InternalMethods(
        IssueServiceToken(clients, maker, inbox, kit.clock, refused),
        ListRevocations(RevocationStore(kit.database), kit.clock),
    )


def refused(client_id: str) -> None:
    """Log that somebody who reaches this port does not know a client's secret."""
    logger.warning("a service token was refused", client_id=client_id)
