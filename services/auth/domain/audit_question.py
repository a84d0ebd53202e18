"""What of an audit is asked for."""

from dataclasses import dataclass

from services.kernel.ids import Instant


@dataclass(frozen=True, slots=True)
class Wanted:
    """Events of a workspace's audit, the latest first; what is empty or None does not narrow.

    `action` with a dot at its end stands for all that begin so. `before`: the sequence that a page
    ends in front of.
    """

    size: int
    before: int | None = None
    actor_id: str = ""
    action: str = ""
    target_id: str = ""
    succeeded: bool | None = None
    start: Instant | None = None
    end: Instant | None = None
