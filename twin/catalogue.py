"""What a site knows besides its issues: statuses, issue types and fields, learned from the data."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from twin.history import Issue, JsonObject

# id, key, name and colour of the three categories of Jira Cloud
_CATEGORIES: dict[str, JsonObject] = {
    "new": {"id": 2, "key": "new", "colorName": "blue-gray", "name": "To Do"},
    "indeterminate": {
        "id": 4,
        "key": "indeterminate",
        "colorName": "yellow",
        "name": "In Progress",
    },
    "done": {"id": 3, "key": "done", "colorName": "green", "name": "Done"},
}
_FIRST_CUSTOM_FIELD = 10_000


@dataclass(slots=True)
class Catalogue:
    """A site's statuses by id, issue types by name, and custom fields by name."""

    statuses: dict[str, JsonObject] = field(default_factory=dict)
    issue_types: dict[str, JsonObject] = field(default_factory=dict)
    custom_fields: dict[str, str] = field(default_factory=dict)  # name -> customfield_…
    _without_category: dict[str, str] = field(default_factory=dict, init=False)

    def add_statuses(self, statuses: Iterable[JsonObject]) -> None:
        """Take over statuses in the shape of `GET /status`; the first of an id counts."""
        for status in statuses:
            key = status["statusCategory"]["key"]
            known = {**status, "statusCategory": _CATEGORIES.get(key, status["statusCategory"])}
            self.statuses.setdefault(status["id"], known)

    def learn(self, issue: Issue) -> None:
        """Note the statuses, types and fields that an issue and its changelog name."""
        status, issue_type = issue.fields["status"], issue.fields["issuetype"]
        if "statusCategory" in status:
            self.add_statuses([{"description": "", **status}])
        else:
            self._without_category[status["id"]] = status["name"]
        self.issue_types.setdefault(issue_type["name"], issue_type)
        for entry in issue.entries:
            for item in entry.items:
                self._learn_item(item)

    def _learn_item(self, item: JsonObject) -> None:
        if item["field"] == "status":
            self._without_category[item["from"]] = item["fromString"]
            self._without_category[item["to"]] = item["toString"]
        elif item["fieldtype"] == "custom" and item["field"] not in self.custom_fields:
            number = _FIRST_CUSTOM_FIELD + len(self.custom_fields)
            self.custom_fields[item["field"]] = f"customfield_{number}"

    def complete(self) -> None:
        """Give statuses whose category nothing tells, as in a changelog, `indeterminate`."""
        category = _CATEGORIES["indeterminate"]
        self.add_statuses(
            {"id": id_, "name": name, "description": "", "statusCategory": category}
            for id_, name in self._without_category.items()
        )
