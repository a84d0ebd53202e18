"""Who acts in the present call, as the audit knows them."""

from services.chassis.acting import acting
from services.chassis.identity import service
from services.chassis.origin import origin
from services.kernel.audit import Actor
from services.kernel.ids import UserId, WorkspaceId

__all__ = ["acting", "operating"]


def operating() -> Actor:
    """Tell which service or operator calls, in no workspace, and from where."""
    return Actor(UserId(service().service_id), WorkspaceId(""), origin=origin())
