"""How an issue moves through its workflow, against it, out of it and into another project."""

from dataclasses import dataclass
from random import Random

from twin.editing import Change, item, status_change
from twin.history import Issue, JsonObject
from twin.records import Project
from twin.world import World

_RESOLUTIONS = (("10000", "Done"), ("10001", "Won't Do"), ("10002", "Duplicate"))
_DONE = "done"
_UNRESOLVED_SHARE = 0.1  # of transitions to done that leave the resolution empty, as some sites do


@dataclass(frozen=True, slots=True)
class Scene:
    """An issue that somebody is about to edit, and the luck of the day."""

    world: World
    issue: Issue
    rng: Random

    @property
    def project_id(self) -> str:
        """The project the issue is in."""
        return str(self.issue.fields["project"]["id"])

    def place(self) -> tuple[tuple[str, ...], int]:
        """Give the workflow of the issue's project, and where the issue stands in it."""
        workflow = self.world.catalogue.workflow(self.project_id)
        own = self.issue.fields["status"]["id"]
        return workflow, workflow.index(own) if own in workflow else 0

    def is_done(self) -> bool:
        """Say whether the issue's status is of the category done."""
        return self.world.catalogue.category(self.issue.fields["status"]["id"]) == _DONE


def along(scene: Scene) -> list[Change]:
    """Move on: to the next status, now and then over some."""
    workflow, at = scene.place()
    ahead = workflow[at + 1 :]
    if not ahead:
        return []
    return _to(scene, ahead[0] if scene.rng.random() < 0.8 else scene.rng.choice(ahead))  # noqa: PLR2004 - a share


def against(scene: Scene) -> list[Change]:
    """Move back to any earlier status."""
    workflow, at = scene.place()
    if at == 0 or scene.is_done():
        return []
    return _to(scene, scene.rng.choice(workflow[:at]))


def reopened(scene: Scene) -> list[Change]:
    """Take up again what was done."""
    workflow, _ = scene.place()
    if not scene.is_done():
        return []
    is_open = [id_ for id_ in workflow if scene.world.catalogue.category(id_) != _DONE]
    return _to(scene, scene.rng.choice(is_open)) if is_open else []


def resolution_alone(scene: Scene) -> list[Change]:
    """Set or clear the resolution without a transition."""
    return _resolved(scene, scene.issue.fields.get("resolution") is None)


def _to(scene: Scene, status_id: str) -> list[Change]:
    """Make a transition; what becomes done is resolved, what is no longer done is not."""
    if status_id == scene.issue.fields["status"]["id"]:
        return []
    done = scene.world.catalogue.category(status_id) == _DONE
    resolved = scene.issue.fields.get("resolution") is not None
    changes = [status_change(scene.world, scene.issue, status_id)]
    if done != resolved and scene.rng.random() > _UNRESOLVED_SHARE:
        changes = [*_resolved(scene, done), *changes]
    return changes


def _resolved(scene: Scene, now: bool) -> list[Change]:
    before = scene.issue.fields.get("resolution") or {"id": None, "name": None}
    ends = (before["id"], before["name"])
    if not now:
        changed = item("resolution", ends, (None, None))
        return [Change(changed, {"resolution": None, "resolutiondate": None})]
    id_, name = scene.rng.choice(_RESOLUTIONS)
    changed = item("resolution", ends, (id_, name))
    return [Change(changed, {"resolution": {"id": id_, "name": name}}, ("resolutiondate",))]


def moved(world: World, issue: Issue, project: Project) -> list[Change]:
    """Move an issue to another project: another key, and a status that is known there."""
    before = issue.fields["project"]
    key = f"{project.key}-{world.last_number(project.key) + 1}"
    changes = [
        Change(item("Key", (None, issue.key), (None, key)), key=key),
        Change(
            item("project", (before["id"], before["name"]), (project.id, project.name)),
            {"project": project_fields(project)},
        ),
    ]
    workflow, own = world.catalogue.workflow(project.id), issue.fields["status"]["id"]
    if own not in workflow:
        category = world.catalogue.category(own)
        like = [id_ for id_ in workflow if world.catalogue.category(id_) == category]
        changes.append(status_change(world, issue, (like or list(workflow))[0]))
    return changes


def project_fields(project: Project) -> JsonObject:
    """Write a project as an issue of the data names it."""
    return {
        "id": project.id,
        "key": project.key,
        "name": project.name,
        "simplified": project.simplified,
    }
