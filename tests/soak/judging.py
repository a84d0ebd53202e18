"""What is stored once all is quiet, beside what the site holds: every difference is a finding."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from services.kernel.documents import ISSUES, SITE_ACCOUNTS, Document
from services.sync.domain.completeness import ProjectCount
from services.sync.store.completeness import CompletenessStore
from tests.reference.truth import stored_of_truth
from tests.soak.made_site import MadeSite
from tests.soak.product import Product

# Another name for a status or a person touches no issue, so it need not be what is stored of one.
NAMES: Final = frozenset({"status_name", "assignee_name"})
PACKED: Final = ("at", "history", "item", "field", "from", "from_name", "to", "to_name")


@dataclass(frozen=True, slots=True)
class Judge:
    """Compares, and says what differs."""

    made: MadeSite
    product: Product
    truth: dict[str, Any]

    async def findings(self) -> list[str]:
        """Say every difference: missing, ghosts, twice, untrue; and where completeness is."""
        documents = await self.product.database[ISSUES].find({}).to_list()
        alive = [one for one in documents if one["deleted"] is None]
        stored = {one["issue_id"]: one for one in alive}
        aside = await self.product.set_aside()
        wanted = stored_of_truth(self.truth)
        said = [f"missing: {one}" for one in sorted(wanted.keys() - stored.keys() - aside)]
        said += [f"ghost: {one}" for one in sorted(stored.keys() - wanted.keys())]
        twice = Counter(one["issue_id"] for one in documents)
        said += [f"twice: {one}" for one, times in twice.items() if times > 1]
        for issue_id, own in wanted.items():
            if issue_id in stored and issue_id not in aside:
                said += _differences(issue_id, stored[issue_id], own)
        said += await self._names([wanted[one] for one in wanted.keys() & stored.keys() - aside])
        said += [f"set aside, and sound: {one}" for one in sorted(aside - self.made.incurable)]
        return said + await self._completeness(stored, aside)

    async def _names(self, wanted: Iterable[Mapping[str, Any]]) -> list[str]:
        """Say who is known by another name than on the site, or not at all."""
        documents = await self.product.database[SITE_ACCOUNTS].find({}).to_list()
        known = {one["account_id"]: one["display_name"] for one in documents}
        told = {one["assignee_id"]: one["assignee_name"] for one in wanted if one["assignee_id"]}
        return [
            f"people: {account_id} is known as {known.get(account_id)}, not {name}"
            for account_id, name in told.items()
            if known.get(account_id) != name
        ]

    async def _completeness(self, stored: Mapping[str, Document], aside: set[str]) -> list[str]:
        connection = await self.product.connection()
        state = connection.state
        count = await CompletenessStore(self.product.database).count(connection.scope)
        projects = {} if count is None else {one.project_id: one for one in count.projects}
        told = {
            "issue_count": (state.issue_count, len(stored)),
            "quarantined_count": (state.quarantined_count, len(aside)),
            "held_count": (state.held_count, 0),
            "expected_issue_count": (state.expected_issue_count, len(self.truth["issues"])),
            "standing": (state.standing.value, "ACTIVE"),
            "projects": (_shown(projects), _counted(stored)),
        }
        return [
            f"completeness tells {name} as {found}, not {true}"
            for name, (found, true) in told.items()
            if found != true
        ]


def _shown(projects: Mapping[str, ProjectCount]) -> dict[str, tuple[int, int]]:
    """Give by project what completeness says of issues and rows, of those that have any."""
    return {
        project_id: (one.issues, one.changelog_entries)
        for project_id, one in projects.items()
        if one.issues
    }


def _counted(stored: Mapping[str, Document]) -> dict[str, tuple[int, int]]:
    issues, rows = Counter[str](), Counter[str]()
    for one in stored.values():
        issues[one["project_id"]] += 1
        rows[one["project_id"]] += one["history_count"]
    return {project_id: (issues[project_id], rows[project_id]) for project_id in issues}


def _differences(issue_id: str, document: Document, own: Mapping[str, Any]) -> list[str]:
    packed = document["changes"]
    changes = list(zip(*(packed[name] for name in PACKED), strict=True))
    said = []
    for name, value in own.items():
        found = changes if name == "changes" else document[name]
        if name not in NAMES and found != value:
            said.append(f"untrue: {issue_id} {name} is {_short(found)}, not {_short(value)}")
    return said


def _short(value: object) -> str:
    if isinstance(value, list):
        return f"{len(value)} changes, the last {value[-1:]}"
    return str(value)
