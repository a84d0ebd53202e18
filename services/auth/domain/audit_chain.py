"""A workspace's audit as a chain: each event names the one before it, by its hash.

The chain is cut into segments, so that whole ones can expire; where one ends, and where the chain
ends by now, is signed. docs/audit.md has it in words, for those who verify.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from services.kernel.audit import AuditEvent
from services.kernel.ids import Instant, WorkspaceId

NONE_BEFORE: Final = "0" * 64
MOST_ROWS: Final = 1000
KEPT_YEARS: Final = 7

# A calendar month (UTC) such as "2026-11".
Month = str


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a chain: of which month, which one of it, and the sequence it begins with."""

    month: Month
    number: int
    first_sequence: int

    @property
    def name(self) -> str:
        """Its name, for example "2026-11.1"."""
        return f"{self.month}.{self.number}"

    @property
    def expires(self) -> Instant:
        """When all of it expires: seven years after its month."""
        year, month = map(int, self.month.split("-"))
        ends = datetime(year + month // 12 + KEPT_YEARS, month % 12 + 1, 1, tzinfo=UTC)
        return int(ends.timestamp()) * 1000


@dataclass(frozen=True, slots=True)
class Row:
    """An event in its place."""

    sequence: int
    segment: str
    event: AuditEvent
    previous_hash: str
    hash: str
    expires: Instant


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Where a segment ends, or where it ends by now if it is `open`.

    `previous` is the `digest` of the last segment's checkpoint.
    """

    workspace_id: WorkspaceId
    segment: Segment
    last_sequence: int
    last_hash: str
    previous: str
    created: Instant
    open: bool

    @property
    def claims(self) -> bytes:
        """What is signed."""
        said = {
            "workspace_id": self.workspace_id,
            "segment": self.segment.name,
            "first_sequence": self.segment.first_sequence,
            "last_sequence": self.last_sequence,
            "last_hash": self.last_hash,
            "previous_checkpoint": self.previous,
            "create_time": self.created,
            "open": self.open,
        }
        return canonical(said)


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A checkpoint with its signature (RFC 7515, compact)."""

    checkpoint: Checkpoint
    signature: str

    @property
    def digest(self) -> str:
        """By what the next checkpoint names this one."""
        return hashlib.sha256(self.signature.encode()).hexdigest()


class PlaceTaken(Exception):
    """There is an event where the chain's end says that there is none yet."""


Sign = Callable[[Checkpoint], str]


@dataclass(frozen=True, slots=True)
class Extension:
    """What is to be written so that a chain is longer: rows, segments' ends, and its end by now."""

    rows: Sequence[Row]
    ended: Sequence[SignedCheckpoint]
    head: SignedCheckpoint | None


def month_of(instant: Instant) -> Month:
    """Tell an instant's month."""
    return datetime.fromtimestamp(instant / 1000, UTC).strftime("%Y-%m")


def canonical(value: Mapping[str, Any]) -> bytes:
    """Write JSON in the one way of RFC 8785; every name in it is ASCII."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return text.encode()


def hash_of(event: AuditEvent, *, sequence: int, segment: str, previous_hash: str) -> str:
    """Compute the hash of an event in its place."""
    shown = {
        "workspace_id": event.workspace_id,
        "sequence": sequence,
        "segment": segment,
        "event_time": event.occurred,
        "action": event.action,
        "actor_id": event.actor_id,
        "target_id": event.target_id,
        "result": "SUCCEEDED" if event.succeeded else "REFUSED",
        "address_prefix": event.address_prefix,
        "trace_id": event.trace_id,
        "details": dict(event.details),
        "id": event.event_id,
        "previous_hash": previous_hash,
    }
    return hashlib.sha256(canonical(shown)).hexdigest()


def extended(
    head: SignedCheckpoint | None,
    workspace_id: WorkspaceId,
    events: Iterable[AuditEvent],
    *,
    now: Instant,
    sign: Sign,
    most_rows: int = MOST_ROWS,
) -> Extension:
    """Put events at a chain's end; a segment of an earlier month ends, also without any."""
    growing = _Growing(head, workspace_id, now=now, sign=sign, most_rows=most_rows)
    growing.end_of_earlier_month()
    for event in events:
        growing.add(event)
    return Extension(growing.rows, growing.ended, growing.head())


class _Growing:
    """A chain that is being extended."""

    def __init__(
        self,
        head: SignedCheckpoint | None,
        workspace_id: WorkspaceId,
        *,
        now: Instant,
        sign: Sign,
        most_rows: int,
    ) -> None:
        self.rows: list[Row] = []
        self.ended: list[SignedCheckpoint] = []
        self._head = head
        self._workspace_id = workspace_id
        self._now = now
        self._sign = sign
        self._most_rows = most_rows
        last = head.checkpoint if head else None
        self._sequence = last.last_sequence if last else 0
        self._hash = last.last_hash if last else NONE_BEFORE
        self._segment = last.segment if last else None
        self._open = last is not None and last.open
        self._previous = NONE_BEFORE
        if head is not None:
            self._previous = head.checkpoint.previous if self._open else head.digest
        # Of two processes' clocks at a month's end the one behind must not go back.
        self._month = max(month_of(now), last.segment.month) if last else month_of(now)

    def end_of_earlier_month(self) -> None:
        """End the open segment where its month is over."""
        if self._open and self._segment and self._segment.month < self._month:
            self._end(self._segment)

    def add(self, event: AuditEvent) -> None:
        """Give an event its place."""
        segment = self._open_segment()
        before, sequence = self._hash, self._sequence + 1
        own = hash_of(event, sequence=sequence, segment=segment.name, previous_hash=before)
        self.rows.append(Row(sequence, segment.name, event, before, own, segment.expires))
        self._hash, self._sequence = own, sequence
        if sequence - segment.first_sequence + 1 == self._most_rows:
            self._end(segment)

    def head(self) -> SignedCheckpoint | None:
        """Tell where the chain ends by now, signed."""
        if self._open and self._segment is not None and self.rows:
            return self._signed(self._segment, goes_on=True)
        return self.ended[-1] if self.ended else self._head

    def _open_segment(self) -> Segment:
        last = self._segment
        if self._open and last is not None:
            return last
        number = last.number + 1 if last is not None and last.month == self._month else 1
        self._segment = Segment(self._month, number, self._sequence + 1)
        self._open = True
        return self._segment

    def _end(self, segment: Segment) -> None:
        ended = self._signed(segment, goes_on=False)
        self.ended.append(ended)
        self._previous = ended.digest
        self._open = False

    def _signed(self, segment: Segment, *, goes_on: bool) -> SignedCheckpoint:
        checkpoint = Checkpoint(
            self._workspace_id,
            segment,
            last_sequence=self._sequence,
            last_hash=self._hash,
            previous=self._previous,
            created=self._now,
            open=goes_on,
        )
        return SignedCheckpoint(checkpoint, self._sign(checkpoint))
