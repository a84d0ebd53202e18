"""Who acts in the present call, as the audit knows them."""

from services.chassis.identity import caller, service
from services.chassis.origin import origin
from services.kernel.audit import Actor
from services.kernel.ids import UserId, WorkspaceId


def acting() -> Actor:
    """Tell who calls, in which workspace, and from where."""
    calling = caller()
    return Actor(
        calling.user_id, calling.workspace_id, calling.session_id, origin(), calling.stamps
    )


def operating() -> Actor:
    """Tell which service or operator calls, in no workspace, and from where."""
    return Actor(UserId(service().service_id), WorkspaceId(""), origin=origin())
