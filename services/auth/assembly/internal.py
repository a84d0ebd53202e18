"""Builds the methods IssueServiceToken, ListRevocations."""

from functools import partial

import structlog

from services.auth.domain.clients import Clients, clients_of
from services.auth.kit import Kit
from services.auth.service_calls.issue_service_token import IssueServiceToken, ServiceTokenMaker
from services.auth.service_calls.list_revocations import ListRevocations
from services.auth.servicers.internal import InternalMethods
from services.auth.store.revocations import RevocationStore

logger = structlog.get_logger()


def methods(kit: Kit) -> InternalMethods:
    """Build them."""
    clients = clients_of(kit.settings.clients.secrets.get_secret_value())
    maker = ServiceTokenMaker(kit.ring, kit.clock)
    return InternalMethods(
        IssueServiceToken(clients, maker, partial(refused, clients)),
        ListRevocations(RevocationStore(kit.database), kit.clock),
    )


def refused(clients: Clients, client_id: str) -> None:
    """Log that somebody who reaches this port does not know a client's secret.

    What is no client's name may be anything that was put there by mistake: a secret, too.
    """
    named = client_id if client_id in {one.client_id for one in clients.known} else "unknown"
    logger.warning("a service token was refused", client_id=named)
