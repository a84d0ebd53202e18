"""What a site knows besides its issues: statuses, issue types and fields, learned from the data."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from twin.custom_fields import CustomField, Role
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
PEOPLE: tuple[JsonObject, ...] = tuple(
    {"name": f"person-{number:04}", "displayName": f"Person {number:04}", "active": True}
    for number in range(1, 13)
)


@dataclass(slots=True)
class Catalogue:
    """A site's statuses by id, issue types by name, and custom fields by id.

    `roles` are the custom fields that Jira Software works with, `names` what people are called
    now, by user name: neither a new name of a person nor of a status touches an issue.
    """

    statuses: dict[str, JsonObject] = field(default_factory=dict)
    issue_types: dict[str, JsonObject] = field(default_factory=dict)
    custom_fields: dict[str, CustomField] = field(default_factory=dict)
    roles: dict[Role, CustomField] = field(default_factory=dict)
    role_of: dict[str, Role] = field(default_factory=dict)  # by the field's id
    people: tuple[JsonObject, ...] = PEOPLE  # who edits
    users: dict[str, JsonObject] = field(
        default_factory=lambda: {person["name"]: person for person in PEOPLE}
    )
    names: dict[str, str] = field(default_factory=dict)
    workflows: dict[str, tuple[str, ...]] = field(default_factory=dict)  # by project id
    versions: dict[str, list[JsonObject]] = field(default_factory=dict)  # by project id
    _ids_by_name: dict[str, str] = field(default_factory=dict, init=False)
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
        people = [issue.fields.get(name) for name in ("assignee", "reporter", "creator")]
        for person in (*people, *(entry.author for entry in issue.entries)):
            if person is not None:
                self.users.setdefault(person["name"], person)
        for entry in issue.entries:
            for item in entry.items:
                self._learn_item(item)

    def _learn_item(self, item: JsonObject) -> None:
        if item["field"] == "status":
            self._without_category[item["from"]] = item["fromString"]
            self._without_category[item["to"]] = item["toString"]
        elif item["fieldtype"] == "custom" and item["field"] not in self._ids_by_name:
            number = _FIRST_CUSTOM_FIELD + len(self.custom_fields)
            self.add_field(CustomField(f"customfield_{number}", item["field"]))

    def add_field(self, custom: CustomField) -> None:
        """Take over a custom field; of those with one name, changelogs mean the first."""
        self.custom_fields[custom.id] = custom
        self._ids_by_name.setdefault(custom.name, custom.id)

    def give_role(self, role: Role, custom: CustomField) -> None:
        """Take over a custom field that Jira Software works with."""
        self.add_field(custom)
        self.roles[role] = custom
        self.role_of[custom.id] = role

    def category(self, status_id: str) -> str:
        """Give the key of a status's category."""
        return str(self.statuses[status_id]["statusCategory"]["key"])

    def workflow(self, project_id: str) -> tuple[str, ...]:
        """Give a project's statuses from first to last; of one without, all that have no scope."""
        found = self.workflows.get(project_id)
        if found is None:
            free = [id_ for id_, status in self.statuses.items() if "scope" not in status]
            order = list(_CATEGORIES)
            found = tuple(sorted(free, key=lambda id_: order.index(self.category(id_))))
            self.workflows[project_id] = found
        return found

    def custom_field_id(self, name: str) -> str | None:
        """Give the id of the custom field that a changelog without ids calls `name`."""
        return self._ids_by_name.get(name)

    def complete(self) -> None:
        """Give statuses whose category nothing tells, as in a changelog, `indeterminate`."""
        category = _CATEGORIES["indeterminate"]
        self.add_statuses(
            {"id": id_, "name": name, "description": "", "statusCategory": category}
            for id_, name in self._without_category.items()
        )
