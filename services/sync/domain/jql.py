"""The questions a sweep asks a site, in JQL.

Instants are unquoted epoch milliseconds: quoted dates mean minutes in the asking user's zone, and
full ISO is refused. There is never an upper bound: an issue touched often enough would stay behind
it.
"""

import re
from collections.abc import Sequence

from services.kernel.errors import InvalidField
from services.kernel.ids import Instant

# Jira's own rule for project keys, with room for sites that relaxed it.
PROJECT_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,254}")
MOST_PROJECTS = 200
FULL_ORDER = "ORDER BY created ASC, key ASC"
DELTA_ORDER = "ORDER BY updated ASC, key ASC"


def checked_projects(keys: Sequence[str], field: str) -> tuple[str, ...]:
    """Take project keys that may stand in JQL; InvalidField names the one that may not."""
    if len(keys) > MOST_PROJECTS:
        raise InvalidField(field, f"name {MOST_PROJECTS} projects or fewer")
    for index, key in enumerate(keys):
        if not PROJECT_KEY.fullmatch(key):
            raise InvalidField(f"{field}[{index}]", "a project key is letters, digits and _")
    return tuple(sorted({key.upper() for key in keys}))


def _within(projects: Sequence[str]) -> list[str]:
    quoted = ", ".join(f'"{key}"' for key in projects)
    return [f"project in ({quoted})"] if projects else []


def full_sweep(projects: Sequence[str]) -> str:
    """Ask for every issue in scope, in an order that edits do not disturb."""
    # A question must be bounded: all issues were created after 1970.
    return " AND ".join(_within(projects) or ["created >= 0"]) + f" {FULL_ORDER}"


def delta_sweep(projects: Sequence[str], since: Instant) -> str:
    """Ask for every issue in scope that was touched at `since` or later."""
    return " AND ".join([*_within(projects), f"updated >= {since}"]) + f" {DELTA_ORDER}"
