"""What people change besides the status: who, how much, in which sprint, of which epic, what."""

from collections.abc import Sequence

from twin.agile import Sprint, SprintState
from twin.custom_fields import IMPEDIMENT, Role
from twin.editing import Change, assignee_change, item
from twin.history import Issue, JsonObject
from twin.life.transitions import Scene
from twin.world import World

_POINTS = (0.5, 1.0, 2.0, 3.0, 5.0, 8.0, 13.0)
_PRIORITIES = (("1", "Highest"), ("2", "High"), ("3", "Medium"), ("4", "Low"))
_LABELS = ("api", "billing", "mobile", "search", "tech-debt")
IMPEDIMENT_ID = "10019"
Ids = Sequence[JsonObject]  # sprints as an issue holds them: their ids, they are called elsewhere


def reassigned(scene: Scene) -> list[Change]:
    """Give the issue to somebody else, now and then to nobody."""
    before = (scene.issue.fields.get("assignee") or {}).get("name")
    person = scene.rng.choice([None, *scene.world.catalogue.people])
    if (person or {}).get("name") == before:
        return []
    return [assignee_change(scene.issue, person)]


def retyped(scene: Scene) -> list[Change]:
    """Make a story of a bug and the like; epics and sub-tasks stay what they are."""
    before = scene.issue.fields["issuetype"]
    if before["subtask"] or before["name"] == "Epic":
        return []
    types = [
        kind
        for kind in scene.world.catalogue.issue_types.values()
        if not kind["subtask"] and kind["name"] not in {"Epic", before["name"]}
    ]
    after = scene.rng.choice(types)
    ends = (before["id"], before["name"]), (after["id"], after["name"])
    return [Change(item("issuetype", *ends), {"issuetype": after})]


def estimated(scene: Scene) -> list[Change]:
    """Set, change or clear the points, in the field that the issue's kind of project has."""
    simplified = scene.issue.fields["project"].get("simplified", False)
    role = Role.TEAM_POINTS if simplified else Role.POINTS
    custom = scene.world.catalogue.roles.get(role)
    if custom is None:
        return []
    before = scene.issue.fields.get(custom.id)
    after = scene.rng.choice([None, *_POINTS])
    if before == after:
        return []
    changed = item(custom.name, (None, _number(before)), (None, _number(after)), field_id=custom.id)
    return [Change(changed, {custom.id: after})]


def _number(value: float | None) -> str | None:
    return None if value is None else f"{value:g}"


def flagged(scene: Scene) -> list[Change]:
    """Raise the flag, or take it down."""
    custom = scene.world.catalogue.roles.get(Role.FLAGGED)
    if custom is None:
        return []
    up, down = (f"[{IMPEDIMENT_ID}]", IMPEDIMENT), ("", "")
    if scene.issue.fields.get(custom.id):
        return [Change(item(custom.name, up, down, field_id=custom.id), {custom.id: None})]
    value = [{"id": IMPEDIMENT_ID, "value": IMPEDIMENT}]
    return [Change(item(custom.name, down, up, field_id=custom.id), {custom.id: value})]


def planned(scene: Scene) -> list[Change]:
    """Put the issue into another open sprint of its project, or back into the backlog."""
    open_ones = [
        sprint
        for sprint in scene.world.agile.of_project(scene.project_id)
        if sprint.state is not SprintState.CLOSED
    ]
    if not open_ones or scene.issue.fields["issuetype"]["subtask"]:
        return []
    return into_sprint(scene.world, scene.issue, scene.rng.choice([None, *open_ones]))


def into_sprint(world: World, issue: Issue, sprint: Sprint | None) -> list[Change]:
    """Change an issue's open sprint; the completed ones it was in stay in its field."""
    custom = world.catalogue.roles.get(Role.SPRINT)
    if custom is None:
        return []
    before: Ids = issue.fields.get(custom.id) or []
    sprints = world.agile.sprints
    after = [one for one in before if sprints[one["id"]].state is SprintState.CLOSED]
    if sprint is not None and {"id": sprint.id} not in after:
        after = [*after, {"id": sprint.id}]
    if list(before) == after:
        return []
    ends = _sprint_ends(world, before), _sprint_ends(world, after)
    return [Change(item(custom.name, *ends, field_id=custom.id), {custom.id: after or None})]


def _sprint_ends(world: World, held: Ids) -> tuple[str, str]:
    ids = [one["id"] for one in held]
    names = [world.agile.sprints[id_].name for id_ in ids]
    return ", ".join(map(str, ids)), ", ".join(names)


def put_under_epic(scene: Scene) -> list[Change]:
    """Change the epic: by the epic link, or by the parent where the project is team-managed."""
    fields = scene.issue.fields
    custom = scene.world.catalogue.roles.get(Role.EPIC_LINK)
    if custom is None or fields["issuetype"]["subtask"] or fields["issuetype"]["name"] == "Epic":
        return []
    epics = scene.world.epics(scene.project_id)
    after = scene.rng.choice([None, *epics])
    reference = None if after is None else {"id": after.id, "key": after.key}
    before = fields.get("parent")
    if (before or {}).get("id") == (reference or {}).get("id"):
        return []
    ends = _reference_ends(before), _reference_ends(reference)
    if fields["project"].get("simplified", False):
        changed = item("IssueParentAssociation", *ends)
        return [Change(changed, {"parent": reference})]
    changed = item(custom.name, *ends, field_id=custom.id)
    return [Change(changed, {"parent": reference, custom.id: reference})]


def _reference_ends(reference: JsonObject | None) -> tuple[str | None, str | None]:
    return (None, None) if reference is None else (reference["id"], reference["key"])


def prioritised(scene: Scene) -> list[Change]:
    """Change the priority."""
    before = scene.issue.fields.get("priority") or {"id": None, "name": None}
    id_, name = scene.rng.choice(_PRIORITIES)
    if id_ == before["id"]:
        return []
    changed = item("priority", (before["id"], before["name"]), (id_, name))
    return [Change(changed, {"priority": {"id": id_, "name": name}})]


def labelled(scene: Scene) -> list[Change]:
    """Add a label, or take one off."""
    before = list(scene.issue.fields.get("labels") or [])
    label = scene.rng.choice(_LABELS)
    after = [one for one in before if one != label] if label in before else [*before, label]
    changed = item("labels", (None, " ".join(before)), (None, " ".join(after)))
    return [Change(changed, {"labels": after})]


def reworded(scene: Scene) -> list[Change]:
    """Change the summary."""
    before = scene.issue.fields.get("summary")
    after = f"Issue {scene.issue.key} ({scene.rng.randrange(1_000)})"
    return [Change(item("summary", (None, before), (None, after)), {"summary": after})]
