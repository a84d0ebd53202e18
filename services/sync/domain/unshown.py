"""Projects of a scope that the site does not show, and what is known of them all the same."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from services.kernel.ids import Instant


@dataclass(frozen=True, slots=True)
class Unshown:
    """Since when a project is not shown, and before when every change of it is stored."""

    since: Instant
    complete_until: Instant | None = None


@dataclass(frozen=True, slots=True)
class Unseen:
    """By key the projects that are not shown, and those shown again that no run looked through."""

    hidden: Mapping[str, Unshown]
    returned: Mapping[str, Unshown]

    def noted(self, keys: Collection[str], new: Unshown) -> "Unseen":
        """Note that just these are not shown: since they were first, until they are looked through.

        `new` is what holds for those that were shown so far.
        """
        known = {**self.returned, **self.hidden}
        hidden = {key: known.get(key, new) for key in keys}
        return Unseen(hidden, {key: one for key, one in known.items() if key not in hidden})

    def as_documents(self) -> list[dict[str, Any]]:
        """Write them down."""
        return [
            {"key": key, "returned": key in self.returned, **asdict(one)}
            for key, one in {**self.hidden, **self.returned}.items()
        ]


def unseen_of(documents: Sequence[Mapping[str, Any]]) -> Unseen:
    """Read what was written down; until when they are complete was not, at first."""
    hidden, returned = dict[str, Unshown](), dict[str, Unshown]()
    for one in documents:
        place = returned if one.get("returned") else hidden
        place[one["key"]] = Unshown(one["since"], one.get("complete_until"))
    return Unseen(hidden, returned)


NOTHING_UNSEEN = Unseen({}, {})
