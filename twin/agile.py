"""What Jira Software adds to a site: boards with their columns and estimation, and sprints.

None of it is part of an issue: a sprint that is renamed, started or completed moves no issue's
`updated`, and no issue's changelog tells it.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from twin.clock import written_ms
from twin.history import JsonObject


class SprintState(StrEnum):
    """Where a sprint is in its life."""

    FUTURE = "future"
    ACTIVE = "active"
    CLOSED = "closed"


@dataclass(slots=True)
class Sprint:
    """A sprint of a board; instants are milliseconds since the epoch."""

    id: int
    name: str
    board_id: int
    state: SprintState = SprintState.FUTURE
    start_ms: int | None = None
    end_ms: int | None = None
    complete_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Board:
    """A scrum board of one project; `points_field` is what it estimates with, if anything."""

    id: int
    name: str
    project_id: str
    columns: tuple[tuple[str, tuple[str, ...]], ...]  # name, status ids
    points_field: str | None = None


@dataclass(slots=True)
class Agile:
    """A site's boards and sprints by id."""

    boards: dict[int, Board] = field(default_factory=dict)
    sprints: dict[int, Sprint] = field(default_factory=dict)

    def of_project(self, project_id: str) -> list[Sprint]:
        """Give the sprints of a project's boards, as they were made."""
        boards = {board.id for board in self.boards.values() if board.project_id == project_id}
        return [sprint for sprint in self.sprints.values() if sprint.board_id in boards]


def sprint_value(sprint: Sprint) -> JsonObject:
    """Write a sprint as the value of an issue's field: what is not known yet is left out."""
    instants = {
        "startDate": sprint.start_ms,
        "endDate": sprint.end_ms,
        "completeDate": sprint.complete_ms,
    }
    return {
        "id": sprint.id,
        "name": sprint.name,
        "state": sprint.state.value,
        "boardId": sprint.board_id,
        "goal": "",
        **{name: _zulu(at_ms) for name, at_ms in instants.items() if at_ms is not None},
    }


def _zulu(at_ms: int) -> str:
    return written_ms(at_ms).replace("+0000", "Z")
