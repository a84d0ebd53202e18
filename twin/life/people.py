"""Users who edit at random: a generator that, seeded alike on an equal world, does the same."""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from twin.clock import Clock, written_ms
from twin.editing import Change, comment, write
from twin.history import Issue, JsonObject
from twin.life import planning, transitions, upkeep
from twin.life.transitions import Scene, moved, project_fields
from twin.records import EPIC, Project, hierarchy_level
from twin.world import World

Editing = Callable[[Scene], list[Change]]
_TRIES = 20
_HOT = 12  # issues that are in everybody's mind are edited again and again
_HOT_SHARE = 0.4
_SUBTASK_SHARE = 0.15

EDITS: dict[str, tuple[int, Editing]] = {
    "along": (30, transitions.along),
    "against": (6, transitions.against),
    "reopened": (5, transitions.reopened),
    "resolution_alone": (2, transitions.resolution_alone),
    "reassigned": (12, planning.reassigned),
    "estimated": (6, planning.estimated),
    "planned": (8, planning.planned),
    "flagged": (4, planning.flagged),
    "retyped": (3, planning.retyped),
    "put_under_epic": (4, planning.put_under_epic),
    "prioritised": (3, planning.prioritised),
    "labelled": (3, planning.labelled),
    "reworded": (3, planning.reworded),
}
UPKEEP: dict[str, tuple[int, upkeep.Upkeep]] = {
    "status_renamed": (1, upkeep.status_renamed),
    "person_renamed": (1, upkeep.person_renamed),
    "sprint_renamed": (1, upkeep.sprint_renamed),
    "sprint_turned": (2, upkeep.sprint_turned),
}
# Whole issues come, go, and go elsewhere.
OTHERS = {"created": 8, "commented": 5, "moved": 3, "deleted": 2}
WEIGHTS = {
    **{name: weight for name, (weight, _) in EDITS.items()},
    **{name: weight for name, (weight, _) in UPKEEP.items()},
    **OTHERS,
}


@dataclass(slots=True)
class Life:
    """The people of a site. Each step is one thing that one of them does, at the clock's now."""

    world: World
    clock: Clock
    rng: Random
    weights: Mapping[str, int] = field(default_factory=lambda: WEIGHTS)
    done: Counter[str] = field(default_factory=Counter)
    _ids: list[str] = field(default_factory=list)
    _made_at: int = -1
    _hot: deque[str] = field(default_factory=lambda: deque(maxlen=_HOT))

    @classmethod
    def of(cls, world: World, clock: Clock, *, seed: int) -> "Life":
        """Begin a life that is the same for the same seed."""
        return cls(world, clock, Random(seed))

    def live(self, steps: int) -> None:
        """Do so many things at once."""
        for _ in range(steps):
            self.step()

    async def go_on(self, per_second: float) -> None:
        """Do so many things a second until it is cancelled."""
        while True:
            await asyncio.sleep(1 / per_second)
            self.step()

    def step(self) -> str:
        """Do one thing, and tell which; "" where nobody found anything to do."""
        for _ in range(_TRIES):
            name = self.rng.choices(list(self.weights), weights=list(self.weights.values()))[0]
            if self.do(name):
                self.done[name] += 1
                return name
        return ""

    def do(self, name: str) -> bool:
        """Do this, to an issue that luck picks; False where it does not fit that issue."""
        if name == "created":
            return self.create()
        if name in UPKEEP:
            return UPKEEP[name][1](self.world, self.rng, self.clock.now_ms())
        if not self.world.records:
            return False
        issue = self._some_issue()
        if name in EDITS:
            return self._write(issue, EDITS[name][1](Scene(self.world, issue, self.rng)))
        whole = {"commented": self._comment, "moved": self._move, "deleted": self._delete}
        return whole[name](issue)

    def create(self) -> bool:
        """File an issue, now and then a sub-task of one that is there."""
        projects = self.world.all_projects()
        if not projects:
            return False
        project, parent = self.rng.choice(projects), None
        if self.world.records and self.rng.random() < _SUBTASK_SHARE:
            parent = self._some_issue()
        if parent is not None and hierarchy_level(parent.fields["issuetype"]) == 0:
            project = self.world.records[parent.id].project
        else:
            parent = None
        fields = self._first_fields(project, parent)
        key = f"{project.key}-{self.world.last_number(project.key) + 1}"
        fields["summary"] = f"Issue {key}"
        issue = Issue(self.world.next_issue_id(), key, fields, ())
        self.world.create(issue, author=fields["creator"])
        self._hot.append(issue.id)
        return True

    def _first_fields(self, project: Project, parent: Issue | None) -> JsonObject:
        at, catalogue = written_ms(self.clock.now_ms()), self.world.catalogue
        status = catalogue.statuses[catalogue.workflow(project.id)[0]]
        author = self._somebody()
        subtask = parent is not None
        types = [one for one in catalogue.issue_types.values() if one["subtask"] is subtask]
        fields: JsonObject = {
            "created": at,
            "updated": at,
            "resolutiondate": None,
            "duedate": None,
            "labels": [],
            "issuetype": self.rng.choice(types),
            "project": project_fields(project),
            "priority": {"id": "3", "name": "Medium"},
            "resolution": None,
            "status": {"id": status["id"], "name": status["name"]},
            "assignee": self.rng.choice([None, self._somebody()]),
            "reporter": author,
            "creator": author,
            **dict.fromkeys(custom.id for custom in catalogue.roles.values()),
        }
        if parent is not None:
            fields["parent"] = {"id": parent.id, "key": parent.key}
        return fields

    def _some_issue(self) -> Issue:
        hot = [id_ for id_ in self._hot if id_ in self.world.records]
        pool: Sequence[str] = hot if hot and self.rng.random() < _HOT_SHARE else ()
        issue_id = self.rng.choice(pool or self._known())
        self._hot.append(issue_id)
        return self.world.issue(issue_id)

    def _known(self) -> list[str]:
        """Give the ids of all issues; the list is made again when the world has changed."""
        if self._made_at != self.world.changes_of_ids:
            self._ids, self._made_at = list(self.world.records), self.world.changes_of_ids
        return self._ids

    def _somebody(self) -> JsonObject:
        return self.rng.choice(self.world.catalogue.people)

    def _write(self, issue: Issue, changes: list[Change]) -> bool:
        if changes:
            author = self._somebody()
            write(self.world, issue.id, changes, now_ms=self.clock.now_ms(), author=author)
        return bool(changes)

    def _comment(self, issue: Issue) -> bool:
        comment(self.world, issue.id, now_ms=self.clock.now_ms(), author=self._somebody())
        return True

    def _move(self, issue: Issue) -> bool:
        """Move an issue, with its sub-tasks, which have an entry and a key of their own."""
        here = self.world.records[issue.id].project
        others = [project for project in self.world.all_projects() if project.id != here.id]
        if not others or hierarchy_level(issue.fields["issuetype"]) != 0:
            return False
        there = self.rng.choice(others)
        for one in (
            issue,
            *(self.world.issue(child.id) for child in self.world.children(issue.id)),
        ):
            self._write(one, moved(self.world, one, there))
        return True

    def _delete(self, issue: Issue) -> bool:
        """Delete an issue with its sub-tasks; an epic that holds something stays."""
        children = self.world.children(issue.id)
        if children and issue.fields["issuetype"]["name"] == EPIC:
            return False
        author = self._somebody()
        for issue_id in (*(child.id for child in children), issue.id):
            self.world.remove(issue_id, author=author)
        return True
