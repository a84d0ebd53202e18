"""Making a world: data files in, an indexed site at a moment out."""

from datetime import UTC, datetime
from pathlib import Path

from twin.catalogue import Catalogue
from twin.dataset import BUNDLED_ISSUES, BUNDLED_STATUSES, DataError, read_issues, read_statuses
from twin.records import Moment
from twin.shifting import kept_days
from twin.world import World


def make_world(
    data: Path | None = None,
    *,
    statuses: Path | None = None,
    now_is: datetime | None = None,
    shift_file: Path | None = None,
) -> World:
    """Read the files and index the issues as of `now_is`, moved so that it is today.

    Without `data` these are the bundled issues with their statuses; without `statuses` for other
    data, the statuses seen in it. DataError when a file cannot be used.
    """
    if data is None:
        data, statuses = BUNDLED_ISSUES, statuses or BUNDLED_STATUSES
    catalogue = Catalogue()
    if statuses is not None:
        catalogue.add_statuses(read_statuses(statuses))
    world = World(catalogue, _moment(now_is, shift_file))
    seen: set[str] = set()
    for line, issue in read_issues(data):
        if issue.id in seen:
            raise DataError(f"{data}: issue {issue.id} is there twice")
        seen.add(issue.id)
        catalogue.learn(issue)
        world.add(line, issue)
    catalogue.complete()
    return world


def _moment(now_is: datetime | None, shift_file: Path | None) -> Moment:
    if now_is is None:
        return Moment()
    days = kept_days(shift_file, then=now_is, now=datetime.now(UTC))
    return Moment(at_ms=round(now_is.timestamp() * 1000), days=days)
