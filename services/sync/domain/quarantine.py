"""Issues that cannot be kept as the site sends them: set aside with the reason, and counted."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from services.kernel.ids import IssueId
from services.kernel.issue import Issue

LONGEST_REASON: Final = 300
LONGEST_UPDATED: Final = 40


@dataclass(frozen=True, slots=True)
class Quarantined:
    """An issue that was set aside; `updated` as the site wrote it, None where that is no text.

    It is read again whenever a sweep finds it changed. Its project is empty where that cannot be
    told. One that was not `given` may be there or not: the site did not answer for it.
    """

    issue_id: IssueId
    reason: str
    updated: str | None = None
    project_id: str = ""
    project_key: str = ""
    given: bool = True


@dataclass(frozen=True, slots=True)
class Read:
    """What became of a page of ids: issues that can be kept, and those that cannot."""

    issues: tuple[Issue, ...] = ()
    quarantined: tuple[Quarantined, ...] = ()

    def __add__(self, other: "Read") -> "Read":
        return Read(self.issues + other.issues, self.quarantined + other.quarantined)

    @property
    def ids(self) -> set[IssueId]:
        """The issues that the site gave."""
        good = {issue.issue_id for issue in self.issues}
        return good | {bad.issue_id for bad in self.quarantined if bad.given}

    @property
    def unanswered(self) -> set[IssueId]:
        """The issues that it did not answer for: they may be there or not, and be anything."""
        return {bad.issue_id for bad in self.quarantined if not bad.given}

    def only(self, ids: Collection[IssueId]) -> "Read":
        """Leave out what the site gave and is not among these; what it did not answer for stays."""
        return self.without(self.ids.difference(ids))

    def without(self, ids: Collection[IssueId]) -> "Read":
        """Leave out some issues."""
        return Read(
            tuple(issue for issue in self.issues if issue.issue_id not in ids),
            tuple(bad for bad in self.quarantined if bad.issue_id not in ids),
        )


def set_aside(issue_id: str, raw: Mapping[str, Any] | None, reason: object) -> Quarantined:
    """Say of an issue why it is set aside; of what it holds, its last change and its project.

    `raw` is None where the site did not answer for it.
    """
    fields = raw.get("fields") if raw is not None else None
    said = fields if isinstance(fields, Mapping) else {}
    updated, project = said.get("updated"), said.get("project")
    named = project if isinstance(project, Mapping) else {}
    return Quarantined(
        IssueId(_storable(issue_id[:LONGEST_REASON])),
        _storable(str(reason)[:LONGEST_REASON]),
        _storable(updated[:LONGEST_UPDATED]) if isinstance(updated, str) else None,
        project_id=_text(named.get("id")),
        project_key=_text(named.get("key")),
        given=raw is not None,
    )


def _text(value: object) -> str:
    return _storable(value[:LONGEST_REASON]) if isinstance(value, str) else ""


def _storable(text: str) -> str:
    """Put "?" for halves of a surrogate pair: JSON allows them, the database does not."""
    return text.encode("utf-8", "replace").decode()
