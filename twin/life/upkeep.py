"""What administrators and scrum masters do: it changes what issues show, not when they changed.

A status, sprint or person that is called something else bumps no issue's `updated` and writes no
changelog row. What a completed sprint leaves undone does move on, issue by issue.
"""

from collections.abc import Callable
from random import Random

from twin.agile import Sprint, SprintState
from twin.custom_fields import Role
from twin.editing import write
from twin.history import Issue
from twin.life.planning import into_sprint
from twin.world import World

_SPRINT_MS = 14 * 86_400_000
_EARLY_SHARE = 0.05
Upkeep = Callable[[World, Random, int], bool]  # world, luck, now; whether there was anything to do


def status_renamed(world: World, rng: Random, _now_ms: int) -> bool:
    """Call a status something else."""
    status = rng.choice(list(world.catalogue.statuses.values()))
    status["name"] = f"{status['name'].partition(' *')[0]} *{rng.randrange(100)}"
    return True


def person_renamed(world: World, rng: Random, _now_ms: int) -> bool:
    """Call a person something else."""
    person = rng.choice(world.catalogue.people)
    world.catalogue.names[person["name"]] = f"{person['displayName']} (née {rng.randrange(100)})"
    return True


def sprint_renamed(world: World, rng: Random, _now_ms: int) -> bool:
    """Call a sprint something else."""
    if not world.agile.sprints:
        return False
    sprint = rng.choice(list(world.agile.sprints.values()))
    sprint.name = f"Sprint {sprint.id}: goal {rng.randrange(100)}"
    return True


def sprint_turned(world: World, rng: Random, now_ms: int) -> bool:
    """Complete a board's sprint that is over, now and then early, and start the one after it."""
    if not world.agile.boards:
        return False
    board = rng.choice(list(world.agile.boards))
    sprints = [one for one in world.agile.sprints.values() if one.board_id == board]
    running = next((one for one in sprints if one.state is SprintState.ACTIVE), None)
    early = rng.random() < _EARLY_SHARE
    if running is not None and (running.end_ms or 0) > now_ms and not early:
        return False
    following = next((one for one in sprints if one.state is SprintState.FUTURE), None)
    if following is None:
        following = planned_sprint(world, board)
    if running is not None:
        _complete(world, running, following, now_ms)
    following.state = SprintState.ACTIVE
    following.start_ms, following.end_ms = now_ms, now_ms + _SPRINT_MS
    planned_sprint(world, board)
    return True


def planned_sprint(world: World, board_id: int) -> Sprint:
    """Plan one more sprint on a board."""
    id_ = max(world.agile.sprints, default=0) + 1
    world.agile.sprints[id_] = Sprint(id_, f"Sprint {id_}", board_id)
    return world.agile.sprints[id_]


def _complete(world: World, sprint: Sprint, following: Sprint, now_ms: int) -> None:
    sprint.state, sprint.complete_ms = SprintState.CLOSED, now_ms
    custom = world.catalogue.roles[Role.SPRINT]
    for issue in list(world.issues()):
        inside = {"id": sprint.id} in (issue.fields.get(custom.id) or [])
        if inside and _is_open(world, issue):
            write(world, issue.id, into_sprint(world, issue, following), now_ms=now_ms)


def _is_open(world: World, issue: Issue) -> bool:
    return world.catalogue.category(issue.fields["status"]["id"]) != "done"
