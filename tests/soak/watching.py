"""What must hold while a world goes on, and not only at its end: held to it after each sync."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from services.kernel.documents import ISSUES
from services.kernel.sync_job import Failure, JobState, SyncJob
from services.sync.domain.vanishing import SMALL_PROJECT
from services.sync.runs import UNFORESEEN
from tests.soak.made_site import MadeSite
from tests.soak.product import Product
from tests.soak.scope import truth_in_scope


@dataclass(frozen=True, slots=True)
class Before:
    """What was there when a sync began: the time, and of what is stored the project."""

    at_ms: int
    projects: Mapping[str, str]


@dataclass(slots=True)
class Watch:
    """Looks at what a sync left behind."""

    made: MadeSite
    product: Product
    findings: list[str] = field(default_factory=list)

    async def before(self) -> Before:
        """Look before a sync."""
        found = self.product.database[ISSUES].find({"deleted": None}, _FIELDS)
        projects = {one["issue_id"]: one["project_id"] async for one in found}
        return Before(self.made.time.at_ms, projects)

    async def after(self, job: SyncJob, before: Before) -> None:
        """Look after a sync."""
        if job.failure == UNFORESEEN:
            self._say(f"a {job.mode} met what nobody foresaw")
        if job.failure == Failure("SITE_ANSWER_UNUSABLE", "the site answered HTTP 400"):
            self._say(f"a {job.mode} was given up for what the site refused once")
        await self._buried_alive(before)
        state = (await self.product.connection()).state
        if state.issue_count > (state.expected_issue_count or state.issue_count):
            self._say(f"{state.issue_count} of {state.expected_issue_count} are stored")
        if job.state is JobState.SUCCEEDED:
            await self._complete()

    async def _buried_alive(self, before: Before) -> None:
        """Find what was taken for deleted, and is there: a permission that is lost deletes nothing.

        Of small projects that hold fewer issues in all than one that is not small it may, and of
        what was moved to where nobody sees it: that comes back with the permission.
        """
        truth = truth_in_scope(self.made.site, self.made.scope, self.made.keys, hidden=True)
        changed = self.made.past.changed_since(before.at_ms)
        projects = {one["id"]: one["fields"]["project"]["id"] for one in truth["issues"]}
        # What was moved away since counts where it is now.
        sizes = Counter(
            was for one, was in before.projects.items() if projects.get(one, was) == was
        )
        found = self.product.database[ISSUES].find({"deleted": {"$ne": None}}, _FIELDS)
        buried = dict[str, str]()
        async for one in found:
            issue_id, project = one["issue_id"], before.projects.get(one["issue_id"])
            if issue_id in changed or project is None or project != projects.get(issue_id):
                continue
            buried[issue_id] = project
        if sum(sizes[project] for project in set(buried.values())) >= SMALL_PROJECT:
            for issue_id in sorted(buried):
                self._say(f"taken for deleted, and is there: {issue_id}")

    async def _complete(self) -> None:
        """Hold the connection to what it says: every change before `complete_until` is stored."""
        connection = await self.product.connection()
        until = connection.state.complete_until
        if until is None:
            return
        found = self.product.database[ISSUES].find({}, _STORED)
        stored = {one["issue_id"]: one async for one in found}
        alive = {issue_id for issue_id, one in stored.items() if one["deleted"] is None}
        aside, changed = await self.product.set_aside(), self.made.past.changed_since(until)
        for issue_id, updated in self.made.known_before(until).items():
            # What has left and come back since is marked as deleted, until it is read again.
            away = issue_id in stored and issue_id not in alive and issue_id in changed
            known = stored[issue_id]["updated"] if issue_id in stored else -1
            if issue_id not in aside and not away and known < updated:
                self._say(f"complete_until told more than was stored of {issue_id}")
        told = (alive | aside) - await self.product.unanswered()
        for issue_id in self.made.left_before(until) & told:
            self._say(f"complete_until told more than was stored: {issue_id} had left")

    def _say(self, finding: str) -> None:
        self.made.say(f"  {finding}")
        self.findings.append(finding)


_FIELDS = {"issue_id": 1, "project_id": 1}
_STORED = {"issue_id": 1, "updated": 1, "deleted": 1}
