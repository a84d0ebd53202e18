"""What is remembered of a world's past: which issues were collected when."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Happened:
    """Something that happened to an issue, and which scopes it was in then; none once deleted."""

    at: int
    issue_id: str
    updated: int
    scopes: frozenset[str]


@dataclass(slots=True)
class Remembered:
    """All that happened, in its order."""

    happened: list[Happened] = field(default_factory=list)

    def note(self, happened: Happened) -> None:
        """Remember that something happened."""
        self.happened.append(happened)

    def collected(self, scope: str, *, before: int) -> dict[str, int]:
        """Give by issue its last change before an instant, of those that were in a scope then."""
        latest = self._latest(before)
        return {key: one.updated for key, one in latest.items() if scope in one.scopes}

    def left(self, scope: str, *, before: int) -> set[str]:
        """Give what was there at an instant, not in a scope, and has not changed since."""
        latest = self._latest(before).items()
        gone = {issue_id for issue_id, one in latest if one.scopes and scope not in one.scopes}
        return gone - self.changed_since(before)

    def changed_since(self, instant: int) -> set[str]:
        """Give the issues to which something happened at an instant or later."""
        return {one.issue_id for one in self.happened if one.at >= instant}

    def _latest(self, before: int) -> dict[str, Happened]:
        return {one.issue_id: one for one in self.happened if one.at < before}
