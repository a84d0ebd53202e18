"""Who acts in the present call, as the audit knows them."""

from services.chassis.identity import Caller, ServiceCaller, caller, service
from services.chassis.origin import origin
from services.kernel.audit import OPERATORS, Actor
from services.kernel.ids import UserId


def acting() -> Actor:
    """Tell who calls, in which workspace, and from where."""
    return actor_of(caller())


def operating() -> Actor:
    """Tell which service or operator calls, in no workspace, and from where."""
    return actor_of_service(service())


def actor_of(calling: Caller) -> Actor:
    """Tell who acts by an access token, and from where the present call came."""
    return Actor(
        calling.user_id, calling.workspace_id, calling.session_id, origin(), calling.stamps
    )


def actor_of_service(calling: ServiceCaller) -> Actor:
    """Tell who acts by a service token, and from where the present call came."""
    return Actor(UserId(calling.service_id), OPERATORS, origin=origin())
