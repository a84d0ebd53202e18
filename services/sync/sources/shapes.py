"""The shapes that a site's answers must have; what has another is of no use."""

from collections.abc import Sequence
from typing import Any, Final

from services.kernel.ids import Instant, IssueId
from services.sync.domain.ledger import Found
from services.sync.domain.translate import instant
from services.sync.sources.answers import PageRefused

Json = dict[str, Any]
# What is counted fits 32 bits.
MOST: Final = 2**31


def member(answer: Any, name: str) -> Any:  # noqa: ANN401 - JSON
    """Take what an answer must hold; PageRefused where it does not."""
    if not isinstance(answer, dict) or name not in answer:
        raise PageRefused(f"the site's answer holds no {name}")
    return answer[name]


def objects(rows: Any) -> list[Json]:  # noqa: ANN401 - JSON
    """Take a list of objects; PageRefused where it is anything else."""
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise PageRefused("the site's answer is not of the shape it should be")
    return rows


def not_given(answer: Any) -> list[str]:  # noqa: ANN401 - JSON
    """Give the ids of issues of which an answer says that they could not be given."""
    errors = answer.get("issueErrors") if isinstance(answer, dict) else None
    return [identity(member(error, "id")) for error in objects(errors or [])]


def identity(value: Any) -> str:  # noqa: ANN401 - JSON
    """Take an id, which sites write as text or as a number; nothing else names an issue."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise PageRefused("the site names an issue in a way that cannot be read")
    return str(value)


def number(answer: Any, name: str) -> int | None:  # noqa: ANN401 - JSON
    """Take a count that an answer may hold; None where it holds none."""
    found = answer.get(name) if isinstance(answer, dict) else None
    counts = isinstance(found, int) and not isinstance(found, bool) and 0 <= found < MOST
    return found if counts else None


def created(rows: Sequence[Json]) -> Instant | None:
    """Take when the first of some issues was made; None where that cannot be read."""
    fields = rows[0].get("fields") if rows else None
    try:
        return instant(fields["created"]) if isinstance(fields, dict) else None
    except (KeyError, TypeError, ValueError):
        return None


def found(row: Json) -> Found:
    """Take what a search lists of an issue: its id, and when it was changed where that is said."""
    fields = row.get("fields")
    updated = fields.get("updated") if isinstance(fields, dict) else None
    issue_id = IssueId(identity(member(row, "id")))
    return Found(issue_id, updated if isinstance(updated, str) else None)
