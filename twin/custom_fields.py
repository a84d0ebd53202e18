"""Custom fields: their ids differ by site and their names lie; their schemas say what they are."""

from dataclasses import dataclass
from enum import StrEnum
from random import Random

from twin.history import JsonObject

_GREENHOPPER = "com.pyxis.greenhopper.jira"
_SYSTEM = "com.atlassian.jira.plugin.system.customfieldtypes"
TEXT = f"{_SYSTEM}:textfield"
IMPEDIMENT = "Impediment"


class Role(StrEnum):
    """What a custom field is for."""

    SPRINT = "sprint"
    EPIC_LINK = "epic link"
    POINTS = "points"  # of company-managed projects: any number field, which the board names
    TEAM_POINTS = "team points"  # of team-managed projects
    FLAGGED = "flagged"


@dataclass(frozen=True, slots=True)
class CustomField:
    """A custom field of a site."""

    id: str  # customfield_…
    name: str
    type: str = "any"
    custom: str = TEXT
    items: str | None = None

    def details(self) -> JsonObject:
        """Write it as `GET field` does."""
        number = self.id.rpartition("_")[2]
        items = {} if self.items is None else {"items": self.items}
        return {
            "id": self.id,
            "key": self.id,
            "name": self.name,
            "custom": True,
            "orderable": True,
            "navigable": True,
            "searchable": True,
            "clauseNames": [f"cf[{number}]"],
            "schema": {
                "type": self.type,
                **items,
                "custom": self.custom,
                "customId": int(number),
            },
        }


# type, items, custom type
_SCHEMAS: dict[Role, tuple[str, str | None, str]] = {
    Role.SPRINT: ("array", "json", f"{_GREENHOPPER}:gh-sprint"),
    Role.EPIC_LINK: ("any", None, f"{_GREENHOPPER}:gh-epic-link"),
    Role.POINTS: ("number", None, f"{_SYSTEM}:float"),
    Role.TEAM_POINTS: ("number", None, f"{_GREENHOPPER}:jsw-story-points"),
    Role.FLAGGED: ("array", "option", f"{_SYSTEM}:multicheckboxes"),
}
# What sites call them: an administrator may rename them, and languages differ.
_NAMES: dict[Role, tuple[str, ...]] = {
    Role.SPRINT: ("Sprint", "Iteration", "Sprint (team)"),
    Role.EPIC_LINK: ("Epic Link", "Epos-Verknüpfung", "Theme"),
    Role.POINTS: ("Story Points", "Points", "Aufwand"),
    Role.TEAM_POINTS: ("Story point estimate", "Estimate", "Story Points"),
    Role.FLAGGED: ("Flagged", "Markiert", "Blocked?"),
}
# Fields that only look like them: right in name, wrong in kind; and right in kind, wrong in use.
_DECOYS = (
    ("Sprint", "string", None, TEXT),
    ("Story Points", "string", None, TEXT),
    ("Flagged", "option", None, f"{_SYSTEM}:select"),
    ("Business value", "number", None, f"{_SYSTEM}:float"),
    ("Teams", "array", "option", f"{_SYSTEM}:multicheckboxes"),
)
_FIRST, _LAST = 10_010, 10_990


def site_fields(rng: Random) -> tuple[dict[Role, CustomField], list[CustomField]]:
    """Make a site's fields: those with a role, and decoys that must not be taken for them."""
    numbers = rng.sample(range(_FIRST, _LAST), len(Role) + len(_DECOYS))
    roles = {}
    for role, number in zip(Role, numbers, strict=False):
        kind, items, custom = _SCHEMAS[role]
        name = rng.choice(_NAMES[role])
        roles[role] = CustomField(f"customfield_{number}", name, kind, custom, items)
    decoys = [
        CustomField(f"customfield_{number}", name, kind, custom, items)
        for (name, kind, items, custom), number in zip(_DECOYS, numbers[len(Role) :], strict=True)
    ]
    return roles, decoys
