"""Who acts in the present call, as the audit knows them."""

from services.chassis.identity import caller
from services.chassis.origin import origin
from services.kernel.audit import Actor


def acting() -> Actor:
    """Tell who calls, in which workspace, and from where."""
    calling = caller()
    return Actor(calling.user_id, calling.workspace_id, calling.session_id, origin())
