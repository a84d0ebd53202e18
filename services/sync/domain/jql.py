"""The questions a sweep asks a site, in JQL.

Instants are unquoted epoch milliseconds: quoted dates mean minutes in the asking user's zone, and
full ISO is refused. There is never an upper bound: an issue touched often enough would stay behind
it.
"""

from services.kernel.ids import Instant
from services.sync.domain.selection import Selection
from services.sync.domain.slices import WHOLE, Slice

FULL_ORDER = "ORDER BY created ASC, key ASC"
DELTA_ORDER = "ORDER BY updated ASC, key ASC"


def full_sweep(selection: Selection, one: Slice = WHOLE[0]) -> str:
    """Ask for every issue that is collected, or of a slice, in an order that edits leave alone."""
    since = f"created >= {one.since}" if one.since else ""
    until = "" if one.until is None else f"created < {one.until}"
    return f"{_and(bounded(selection), since, until)} {FULL_ORDER}"


def delta_sweep(selection: Selection, since: Instant) -> str:
    """Ask for every issue that is collected and was touched at `since` or later."""
    return f"{_and(selection.clause, f'updated >= {since}')} {DELTA_ORDER}"


def bounded(selection: Selection) -> str:
    """Say what is collected; a question must be bounded, and all issues were made after 1970."""
    if selection.projects:
        return selection.clause
    return _and(selection.clause, "created >= 0")


def of_project(selection: Selection, project_id: str) -> str:
    """Ask for what is collected of one project, by its id."""
    restriction = f"({selection.jql})" if selection.jql else ""
    return _and(f"project = {project_id}", restriction)


def _and(*clauses: str) -> str:
    return " AND ".join(clause for clause in clauses if clause)
