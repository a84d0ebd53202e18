"""What a verification of an audit finds, and what it leaves behind for the next one."""

from dataclasses import dataclass
from enum import StrEnum


class Problem(StrEnum):
    """What is wrong at a place of an audit."""

    MISSING = "MISSING"
    CHANGED = "CHANGED"
    OUT_OF_PLACE = "OUT_OF_PLACE"
    CHECKPOINT = "CHECKPOINT"
    SIGNATURE = "SIGNATURE"
    ROLLED_BACK = "ROLLED_BACK"
    KEY = "KEY"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong: at which sequence, and in a sentence; 0 where it is at no event."""

    problem: Problem
    sequence: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Seen:
    """The end of an audit that was found whole: a later audit must still contain it.

    `key_id` is the key that had signed it, by its thumbprint (RFC 7638).
    """

    sequence: int
    hash: str
    key_id: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a verification came to; `head` is where the audit ends, None for one without events.

    `expired`: how many events are gone because their segments have expired. `later`: how many
    events came while this one was under way, and are for the next one.
    """

    findings: tuple[Finding, ...]
    head: Seen | None
    verified: int
    expired: int
    later: int

    @property
    def whole(self) -> bool:
        """Tell whether nothing is wrong."""
        return not self.findings
