"""From REST v2, the data's shape, to the REST v3 of Jira Cloud: account ids, hierarchy levels."""

import uuid
from dataclasses import dataclass, field
from functools import cache

from twin.agile import Agile
from twin.catalogue import Catalogue
from twin.fieldset import CHANGELOG_FIELD_IDS, PERSON_FIELDS
from twin.history import Entry, JsonObject
from twin.records import Project, hierarchy_level

_ACCOUNTS = uuid.UUID("6f9e1c8e-5a0b-4f57-9f0e-0d6c1c1f7a11")  # names hash into this namespace


@cache
def account_id(name: str) -> str:
    """Give the account id that stands for a user name, the same one every time."""
    return f"712020:{uuid.uuid5(_ACCOUNTS, name)}"


@dataclass(frozen=True, slots=True)
class Wire:
    """Writes what a site holds as Jira Cloud writes it, with links to `origin`."""

    origin: str
    catalogue: Catalogue
    agile: Agile = field(default_factory=Agile)

    def link(self, *path: str) -> str:
        """Give the `self` link of a resource."""
        return "/".join((self.origin, "rest/api/3", *path))

    def user(self, person: JsonObject) -> JsonObject:
        """Write a person: an account, never an e-mail address."""
        account = account_id(person["name"])
        return {
            "self": f"{self.link('user')}?accountId={account}",
            "accountId": account,
            "displayName": self.catalogue.names.get(person["name"], person["displayName"]),
            "active": person.get("active", True),
            "timeZone": "Etc/UTC",
            "accountType": "atlassian",
        }

    def status(self, status_id: str) -> JsonObject:
        """Write a status with its category and, where it belongs to one project, its scope."""
        status = self.catalogue.statuses[status_id]
        category = status["statusCategory"]
        written = {
            "self": self.link("status", status_id),
            "description": status.get("description", ""),
            "iconUrl": f"{self.origin}/images/icons/status.png",
            "name": status["name"],
            "id": status_id,
            "statusCategory": {
                "self": self.link("statuscategory", str(category["id"])),
                **category,
            },
        }
        return {**written, "scope": status["scope"]} if "scope" in status else written

    def issue_type(self, issue_type: JsonObject) -> JsonObject:
        """Write an issue type with its level in the hierarchy."""
        return {
            "self": self.link("issuetype", issue_type["id"]),
            "id": issue_type["id"],
            "description": "",
            "name": issue_type["name"],
            "subtask": issue_type.get("subtask", False),
            "hierarchyLevel": hierarchy_level(issue_type),
        }

    def project(self, project: Project) -> JsonObject:
        """Write a project."""
        return {
            "self": self.link("project", project.id),
            "id": project.id,
            "key": project.key,
            "name": project.name,
            "projectTypeKey": "software",
            "simplified": project.simplified,
        }

    def entry(self, entry: Entry) -> JsonObject:
        """Write one entry of a changelog; an anonymous one has no author."""
        author = {} if entry.author is None else {"author": self.user(entry.author)}
        items = [self._item(item) for item in entry.items]
        return {"id": entry.id, **author, "created": entry.created, "items": items}

    def field_id(self, name: str) -> str | None:
        """Give the id of the field that a changelog calls `name`, where it has one."""
        return CHANGELOG_FIELD_IDS.get(name) or self.catalogue.custom_field_id(name)

    def _item(self, item: JsonObject) -> JsonObject:
        name = item["field"]
        field_id = item.get("fieldId") or self.field_id(name)
        person = name in PERSON_FIELDS
        return {
            "field": name,
            "fieldtype": item["fieldtype"],
            **({"fieldId": field_id} if field_id else {}),
            "from": _account_or_none(item["from"]) if person else item["from"],
            "fromString": item["fromString"],
            "to": _account_or_none(item["to"]) if person else item["to"],
            "toString": item["toString"],
        }


def _account_or_none(name: str | None) -> str | None:
    return None if name is None else account_id(name)
