"""What the site holds, whatever it answers: what must be stored once all is quiet."""

from dataclasses import dataclass
from typing import Any

from twin.history import Issue, JsonObject
from twin.issue_wire import issue_bean
from twin.site import Site
from twin.world import World


@dataclass(frozen=True, slots=True)
class Truth:
    """The issues as Jira's REST v3 writes them, each with its whole changelog inline.

    `categories` gives the category of each status id, `roles` what custom fields are for, by id.
    """

    issues: list[JsonObject]
    categories: dict[str, str]
    roles: dict[str, str]

    def as_json(self) -> dict[str, Any]:
        """Give it as JSON."""
        return {"issues": self.issues, "categories": self.categories, "roles": self.roles}


def truth_of(site: Site, *, hidden: bool = False) -> Truth:
    """Tell what a site holds by ascending id; what may not be seen only with `hidden`."""
    world = site.world
    issues = [
        _whole(site, issue)
        for issue in world.issues()
        if hidden or world.shows(world.records[issue.id])
    ]
    roles = {id_: role.value for id_, role in world.catalogue.role_of.items()}
    return Truth(issues, categories_of(world), roles)


def categories_of(world: World) -> dict[str, str]:
    """Give the category key of each status of a world."""
    return {id_: world.catalogue.category(id_) for id_ in world.catalogue.statuses}


def _whole(site: Site, issue: Issue) -> JsonObject:
    """Write an issue as it should be written, spoiled or not, with its changelog."""
    bean = issue_bean(site.wire, issue, wanted=lambda name: name not in {"comment", "worklog"})
    histories = [{**site.wire.entry(entry), "created": entry.created_ms} for entry in issue.entries]
    return {**bean, "changelog": {"total": len(histories), "histories": histories}}
