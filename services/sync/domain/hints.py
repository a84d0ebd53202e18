"""What the body of a Jira webhook says: which issues are to be read again, and nothing more.

Recorded bodies of Jira Cloud and Server are in tests/unit/hook_bodies.py; docs/webhooks.md lists
the events and what each does.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from services.kernel.errors import InvalidField
from services.kernel.ids import Instant, IssueId

DELETED: Final = "jira:issue_deleted"
# Where a body names issues; each is the issue itself, or what belongs to it.
PLACES: Final = (
    ("issue", "id"),
    ("worklog", "issueId"),
    ("issueLink", "sourceIssueId"),
    ("issueLink", "destinationIssueId"),
)
LONGEST_ID: Final = 18
# A body is good for so long: Jira tries for about an hour, and who kept one may send it for ever.
GOOD_FOR_MILLISECONDS: Final = 24 * 3600 * 1000
FIELD: Final = "body"


@dataclass(frozen=True, slots=True)
class Hint:
    """Issues to be read again; `deleted` where the site says that they are gone."""

    told: Instant
    issues: tuple[IssueId, ...] = ()
    deleted: bool = False

    def is_good_at(self, now: Instant) -> bool:
        """Tell whether it was told not too long ago, nor by a clock that is far ahead."""
        return abs(now - self.told) <= GOOD_FOR_MILLISECONDS


def hint_of(body: bytes) -> Hint:
    """Read a webhook's body; InvalidField where it is none, or says not when it was told.

    What names no issue is a hint at none: sprints, versions and projects have no document of their
    own here, and comments of a Server come again as an update of their issue.
    """
    said = _object(body)
    told = said.get("timestamp")
    if isinstance(told, bool) or not isinstance(told, int):
        raise InvalidField(f"{FIELD}.timestamp", "a webhook says when it was told")
    named = (_issue_id(said.get(thing), name) for thing, name in PLACES)
    issues = dict.fromkeys(issue_id for issue_id in named if issue_id is not None)
    return Hint(told, tuple(issues), deleted=said.get("webhookEvent") == DELETED)


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError) as garbled:
        raise InvalidField(FIELD, "this is not JSON") from garbled
    if not isinstance(said, dict):
        raise InvalidField(FIELD, "this is no JSON object")
    return said


def _issue_id(thing: object, name: str) -> IssueId | None:
    """Take an issue's id, which sites write as text or as a number; None where there is none."""
    value = thing.get(name) if isinstance(thing, dict) else None
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    written = str(value)
    usable = written.isascii() and written.isdecimal() and len(written) <= LONGEST_ID
    return IssueId(written) if usable else None
