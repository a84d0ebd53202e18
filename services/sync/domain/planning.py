"""What a site's own fields say of an issue: its points, sprints, flag, parent and epic.

Pure; TypeError or ValueError where a value is not of the kind that its field should hold.
"""

from collections.abc import Mapping
from typing import Any, Final

from services.sync.domain.fields import FieldSet

Json = Mapping[str, Any]
# What Jira Software calls the only choice of the flag. Other checkboxes have other choices.
IMPEDIMENT: Final = "Impediment"
MOST_POINTS: Final = 10**12
MOST_SPRINTS: Final = 10_000


def points(fields: Json, known: FieldSet) -> float | None:
    """Give the estimate: of the field that is filled, and of two the one the project's kind uses.

    A team-managed project has its own; a company-managed one estimates with what its board names.
    """
    own, boards = known.team_points, known.board_points
    project = fields.get("project")
    team_managed = isinstance(project, Mapping) and project.get("simplified") is True
    for field_id in (*own, *boards) if team_managed else (*boards, *own):
        value = fields.get(field_id)
        if value is not None:
            return _estimate(value)
    return None


def _estimate(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("an estimate that is no number")
    # Compared as it is: what is far too large has no float; and what is no number is not less.
    if not abs(value) <= MOST_POINTS:
        raise ValueError("an estimate that is too large")
    return float(value)


def sprint_ids(fields: Json, known: FieldSet) -> tuple[str, ...]:
    """Give the sprints an issue is or was in, each once, as they are listed."""
    found: dict[str, None] = {}
    for field_id in known.sprints:
        for sprint in _listed(fields.get(field_id)):
            found[_sprint_id(sprint)] = None
    if len(found) > MOST_SPRINTS:
        raise ValueError("too many sprints")
    return tuple(found)


def _sprint_id(sprint: object) -> str:
    number = sprint.get("id") if isinstance(sprint, Mapping) else None
    if isinstance(number, bool) or not isinstance(number, int) or abs(number) >= 2**63:
        raise ValueError("a sprint without an id")
    return str(number)


def flagged(fields: Json, known: FieldSet) -> bool:
    """Tell whether the flag is up."""
    chosen = [_choices(fields.get(field_id)) for field_id in known.flags]
    return any(is_flag(known, *choices) for choices in chosen)


def is_flag(known: FieldSet, *choices: str | None) -> bool:
    """Tell whether these choices of a checkbox are the flag's.

    Of several checkboxes the flag is the one with Jira's own choice; a sole one is the flag,
    whatever language its choice is in.
    """
    there = [choice for choice in choices if choice]
    if len(known.flags) == 1:
        return bool(there)
    return any(choice == IMPEDIMENT for choice in there)


def _choices(value: object) -> list[str]:
    chosen = [
        option.get("value") if isinstance(option, Mapping) else None for option in _listed(value)
    ]
    if not all(isinstance(choice, str) for choice in chosen):
        raise ValueError("a choice without a value")
    return [choice for choice in chosen if isinstance(choice, str)]


def parent_id(fields: Json) -> object:
    """Give the id of what an issue is a part of, as the site wrote it; None for nothing."""
    parent = fields.get("parent")
    if parent is None:
        return None
    if not isinstance(parent, Mapping) or parent.get("id") is None:
        raise ValueError("a parent without an id")
    return parent["id"]


def epic_key(fields: Json, known: FieldSet) -> object:
    """Give the key of the linked epic, as the site wrote it; None for none."""
    linked = (fields.get(field_id) for field_id in known.epics)
    return next((value for value in linked if value is not None), None)


def _listed(value: object) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise TypeError("a list that is none")
    return value
