"""Sites made from nothing, by seed: their projects, workflows, boards, and a past lived in full."""

from dataclasses import dataclass
from random import Random

from twin.agile import Board
from twin.catalogue import Catalogue
from twin.clock import Clock, Past, wall_ms
from twin.custom_fields import Role, site_fields
from twin.history import JsonObject
from twin.life.people import WEIGHTS, Life
from twin.life.upkeep import planned_sprint
from twin.records import Moment, Project
from twin.world import World

_DAY_MS = 86_400_000
_MINUTE_MS = 60_000
_KEYS = ("ALPHA", "BETA", "GAMMA", "DELTA", "EPS", "ZETA", "ETA", "THETA", "IOTA", "KAPPA")
_TYPES = (
    ("10000", "Epic", False),
    ("10001", "Story", False),
    ("10002", "Task", False),
    ("10003", "Bug", False),
    ("10004", "Sub-task", True),
)
_WORKFLOW = (
    ("To Do", "new"),
    ("In Progress", "indeterminate"),
    ("In Review", "indeterminate"),
    ("Testing", "indeterminate"),
    ("Done", "done"),
    ("Cancelled", "done"),
)
_PAST_WEIGHTS = {name: weight for name, weight in WEIGHTS.items() if name != "created"}
_FIRST_STATUS, _FIRST_PROJECT, _FIRST_ISSUE = 10_100, 10_000, 10_000


@dataclass(frozen=True, slots=True)
class Founding:
    """What a site is made of: how many issues, of how many projects, with how much of a past."""

    issues: int = 200
    projects: int = 3
    edits_per_issue: float = 6.0
    days: int = 90


def found(founding: Founding, *, seed: int, now_ms: int | None = None) -> World:
    """Make a world whose past ends at `now_ms`; the same one for the same seed and `now_ms`.

    Every second project is team-managed. It may hold fewer issues than asked for: people also
    delete some.
    """
    rng = Random(seed)
    now_ms = wall_ms() if now_ms is None else now_ms
    world = World(Catalogue(), Moment())
    _furnish(world, rng)
    for number in range(founding.projects):
        _add_project(world, number, rng)
    _live_through(world, founding, rng, now_ms)
    return world


def _live_through(world: World, founding: Founding, rng: Random, now_ms: int) -> None:
    """Let people file the issues and edit them, from the first day to a minute ago."""
    edits = round(founding.issues * founding.edits_per_issue)
    first = now_ms - founding.days * _DAY_MS
    instants = sorted(rng.randrange(first, now_ms - _MINUTE_MS) for _ in range(founding.issues))
    plan = [(at_ms, True) for at_ms in instants]
    plan += [(rng.randrange(first, now_ms - _MINUTE_MS), False) for _ in range(edits)]
    past = Past(first)
    life = Life(world, Clock(source=past), rng, _PAST_WEIGHTS)
    for at_ms, filed in sorted(plan):
        past.at_ms = at_ms
        if filed:
            life.create()
        elif world.records:
            life.step()


def _furnish(world: World, rng: Random) -> None:
    """Give the site its issue types and custom fields."""
    catalogue = world.catalogue
    for id_, name, subtask in _TYPES:
        catalogue.issue_types[name] = {"id": id_, "name": name, "subtask": subtask}
    roles, decoys = site_fields(rng)
    for custom in decoys:
        catalogue.add_field(custom)
    for role, custom in roles.items():
        catalogue.give_role(role, custom)
    catalogue.add_statuses(_statuses(_FIRST_STATUS, scope=None))


def _add_project(world: World, number: int, rng: Random) -> None:
    """Make a project with its workflow, and a board with two sprints."""
    catalogue = world.catalogue
    simplified = number % 2 == 1
    key = _KEYS[number] if number < len(_KEYS) else f"P{number}"
    project = Project(str(_FIRST_PROJECT + number), key, f"Project {key.title()}", simplified)
    world.add_project(project)
    statuses = list(catalogue.statuses.values())[: len(_WORKFLOW)]
    if simplified:
        scope = {"type": "PROJECT", "project": {"id": project.id}}
        first = _FIRST_STATUS + len(_WORKFLOW) * (number + 1)
        statuses = _statuses(first, scope=scope)[: rng.randrange(4, len(_WORKFLOW) + 1)]
        statuses[-1]["statusCategory"]["key"] = "done"
        catalogue.add_statuses(statuses)
    catalogue.workflows[project.id] = tuple(status["id"] for status in statuses)
    points = catalogue.roles[Role.TEAM_POINTS if simplified else Role.POINTS]
    columns = tuple((status["name"], (status["id"],)) for status in statuses)
    board = Board(number + 1, f"{key} board", project.id, columns, points.id)
    world.agile.boards[board.id] = board
    for _ in range(2):
        planned_sprint(world, board.id)


def _statuses(first: int, *, scope: JsonObject | None) -> list[JsonObject]:
    """Make the statuses of a workflow; those of one project have it as their scope."""
    return [
        {
            "id": str(first + place),
            "name": name,
            "description": "",
            "statusCategory": {"key": category},
            **({"scope": scope} if scope else {}),
        }
        for place, (name, category) in enumerate(_WORKFLOW)
    ]
