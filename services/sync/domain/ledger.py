"""What is stored already, so that what a sweep finds again costs no further call."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from services.kernel.ids import Instant, IssueId
from services.sync.domain.translate import Untranslatable, instant


@dataclass(frozen=True, slots=True)
class Found:
    """An issue that a sweep lists; `updated` as the site wrote it, None where it was not asked."""

    issue_id: IssueId
    updated: str | None = None


@dataclass(frozen=True, slots=True)
class Ledger:
    """Up to when issues are stored, and with which last change others were set aside."""

    stored: Mapping[IssueId, Instant] = field(default_factory=dict)
    set_aside: Mapping[IssueId, str | None] = field(default_factory=dict)

    def holds(self, issue_id: IssueId) -> bool:
        """Tell whether an issue is stored, or set aside."""
        return issue_id in self.stored or issue_id in self.set_aside


def unread(found: Sequence[Found], ledger: Ledger) -> list[IssueId]:
    """Give the ids of issues to be read: whatever may say something that is not known yet.

    The index of a site may lag: what it lists as older than what is stored tells nothing.
    """
    return [one.issue_id for one in found if not _known(one, ledger)]


def unstored(found: Sequence[Found], ledger: Ledger) -> list[IssueId]:
    """Give the ids of issues that are not stored, and of those that were set aside."""
    return [
        one.issue_id
        for one in found
        if one.issue_id not in ledger.stored or one.issue_id in ledger.set_aside
    ]


def _known(found: Found, ledger: Ledger) -> bool:
    if found.updated is None:
        return False
    if found.issue_id in ledger.set_aside:
        return ledger.set_aside[found.issue_id] == found.updated
    stored = ledger.stored.get(found.issue_id)
    if stored is None:
        return False
    try:
        return instant(found.updated) <= stored
    except (Untranslatable, ValueError):
        return False
