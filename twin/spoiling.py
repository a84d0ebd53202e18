"""Issues that a site writes wrongly: fields missing, null, of another type, or huge."""

from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ConfigDict

from twin.history import Issue, JsonObject
from twin.records import Record


class Spoil(BaseModel):
    """Which fields are written as what, and which are not written at all.

    An issue that heals is written well again once its `updated` moves.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    fields: dict[str, Any] = {}
    without: tuple[str, ...] = ()
    heals: bool = True


@dataclass(slots=True)
class Spoiled:
    """The spoiled issues, by id, with `updated` (ms) as it was when they were."""

    _issues: dict[str, tuple[Spoil, int]] = field(default_factory=dict)

    def spoil(self, record: Record, how: Spoil) -> None:
        """Write an issue wrongly from now on."""
        self._issues[record.id] = (how, record.updated_ms)

    def ids(self) -> list[str]:
        """Give the ids of the issues that were spoiled."""
        return list(self._issues)

    def bean(self, bean: JsonObject, issue: Issue) -> JsonObject:
        """Give an issue as it is written; `bean` is how it should be."""
        how, updated_ms = self._issues.get(issue.id, (None, 0))
        if how is None or (how.heals and issue.updated_ms != updated_ms):
            return bean
        fields = {**bean["fields"], **how.fields}
        return {**bean, "fields": {k: v for k, v in fields.items() if k not in how.without}}
