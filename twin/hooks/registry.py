"""Which webhooks a site has."""

import re
from dataclasses import dataclass, field
from typing import Annotated
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from twin.answers import Refusal
from twin.history import Issue, JsonObject
from twin.jql import parse
from twin.jql_tokens import JqlError

ISSUE_FILTER = "issue-related-events-section"
EVENTS = frozenset(
    {"jira:issue_created", "jira:issue_updated", "jira:issue_deleted", "comment_created"}
)
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class Registration(BaseModel):
    """What an administrator asks for. `filters` holds JQL; an empty one lets everything pass."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", frozen=True)

    name: Annotated[str, Field(min_length=1)]
    description: str = ""
    url: str
    events: tuple[str, ...] = ()
    filters: dict[str, str] = Field(default_factory=dict)
    exclude_body: bool = False
    enabled: bool = True
    secret: Annotated[str, Field(min_length=1)] | None = None

    def check(self) -> None:
        """Refuse what cannot be: other machines' addresses, unknown events, bad JQL."""
        address = urlsplit(re.sub(r"\$\{[\w.]+\}", "x", self.url))
        if address.scheme not in {"http", "https"} or address.hostname not in _LOOPBACK:
            raise Refusal("The URL must be one of this machine.")
        unknown = set(self.events) - EVENTS
        if unknown:
            raise Refusal(f"The event {min(unknown)} is not known.")
        if self.jql:
            try:
                parse(self.jql)
            except JqlError as error:
                raise Refusal(str(error)) from error

    @property
    def jql(self) -> str:
        """Which issues it is about; empty: all."""
        return self.filters.get(ISSUE_FILTER, "").strip()


@dataclass(frozen=True, slots=True)
class Hook:
    """A registered webhook. Its secret is written once and never shown again."""

    id: int
    asked: Registration
    updated_ms: int

    def written(self, origin: str) -> JsonObject:
        """Write it as Jira does."""
        shown = self.asked.model_dump(by_alias=True, exclude={"secret"})
        return {
            **shown,
            "events": list(self.asked.events),
            "self": f"{origin}/rest/webhooks/1.0/webhook/{self.id}",
            "isSigned": self.asked.secret is not None,
            "lastUpdatedUser": "analyst",
            "lastUpdatedDisplayName": "Analyst",
            "lastUpdated": self.updated_ms,
        }

    def address(self, issue: Issue, account: str | None) -> str:
        """Give where to send: variables filled in, and who did it, as Jira appends it."""
        filled = {
            "${issue.id}": issue.id,
            "${issue.key}": issue.key,
            "${project.id}": issue.fields["project"]["id"],
            "${project.key}": issue.fields["project"]["key"],
        }
        url = self.asked.url
        for variable, value in filled.items():
            url = url.replace(variable, quote(value, safe=""))
        if account is None:
            return url
        parts = urlsplit(url)
        query = [*parse_qsl(parts.query, keep_blank_values=True)]
        query += [("user_id", account), ("user_key", account)]
        return urlunsplit(parts._replace(query=urlencode(query)))


@dataclass(slots=True)
class Registry:
    """The webhooks of a site by id."""

    hooks: dict[int, Hook] = field(default_factory=dict)
    _last_id: int = 0

    def add(self, asked: Registration, now_ms: int) -> Hook:
        """Register a webhook; Refusal where it cannot be."""
        asked.check()
        self._last_id += 1
        self.hooks[self._last_id] = Hook(self._last_id, asked, now_ms)
        return self.hooks[self._last_id]

    def put(self, hook_id: int, asked: Registration, now_ms: int) -> Hook:
        """Change a webhook; KeyError where it is not there."""
        asked.check()
        if asked.secret is None:
            kept = self.hooks[hook_id].asked.secret
            asked = asked.model_copy(update={"secret": kept})
        self.hooks[hook_id] = Hook(hook_id, asked, now_ms)
        return self.hooks[hook_id]
