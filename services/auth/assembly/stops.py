"""Builds the method ReportStops."""

from services.auth.kit import Kit
from services.auth.servicers.stops import StopMethods
from services.auth.store.stops import StopMailStore
from services.auth.workspaces.report_stops import ReportStops


def methods(kit: Kit) -> StopMethods:
    """Build it."""
    mailing = kit.settings.smtp.url is not None
    return StopMethods(ReportStops(StopMailStore(kit.database), kit.clock, mailing=mailing))
