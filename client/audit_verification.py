"""Verifies a workspace's audit: that no event was changed, taken out, moved or put in.

It trusts nothing but signatures, its own arithmetic, and what it saw before (docs/audit.md says
what that can find, and what it cannot). Pages of events come with the latest first, as they are
listed, so that an audit of any length is verified in little memory.
"""

import hashlib
import json
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final, Protocol

from client.audit_checkpoints import NONE_BEFORE, Keys, keys_in, segment_of, signer_of, verified
from client.audit_checkpoints import digest_of as checkpoint_digest
from client.audit_findings import Finding, Outcome, Problem, Seen
from jira_analytics.auth.v1.workspace_pb2 import (
    AuditCheckpoint,
    AuditEvent,
    ListAuditCheckpointsRequest,
    ListAuditCheckpointsResponse,
    ListAuditEventsRequest,
    ListAuditEventsResponse,
)

PAGE_SIZE: Final = 1000
# More than these say nothing that these do not.
MOST_FINDINGS: Final = 100
_RESULTS: Final = {number: name for name, number in AuditEvent.Result.items()}


class AuditPages(Protocol):
    """Lists a workspace's audit, a page at a call."""

    async def audit_events(self, request: ListAuditEventsRequest) -> ListAuditEventsResponse:
        """List events, the latest first."""

    async def audit_checkpoints(
        self, request: ListAuditCheckpointsRequest
    ) -> ListAuditCheckpointsResponse:
        """List checkpoints, the oldest first."""


async def verify_audit(
    pages: AuditPages, workspace_id: str, *, seen: Seen | None, now: datetime
) -> Outcome:
    """Read a workspace's whole audit and verify it; `seen` is the last Outcome's `head`."""
    checkpoints, keys = await _checkpoints(pages)
    verification = Verification(workspace_id, checkpoints, keys, seen=seen, now=now)
    request = ListAuditEventsRequest(page_size=PAGE_SIZE)
    while True:
        page = await pages.audit_events(request)
        verification.take(page.audit_events)
        if not page.next_page_token:
            break
        request.page_token = page.next_page_token
    if verification.latest > verification.end:
        later, _ = await _checkpoints(pages)
        verification.await_end(later[-1].last_sequence if later else 0)
    return verification.outcome()


async def _checkpoints(pages: AuditPages) -> tuple[list[AuditCheckpoint], str]:
    found: list[AuditCheckpoint] = []
    request = ListAuditCheckpointsRequest(page_size=PAGE_SIZE)
    while True:
        page = await pages.audit_checkpoints(request)
        found += page.checkpoints
        if not page.next_page_token:
            return found, page.keys
        request.page_token = page.next_page_token


def hash_of(event: AuditEvent, workspace_id: str) -> str:
    """Compute what an event's `hash` must be (docs/audit.md)."""
    shown: dict[str, Any] = {
        "workspace_id": workspace_id,
        "sequence": event.sequence,
        "segment": event.segment,
        "event_time": event.event_time.ToMilliseconds(),
        "action": event.action,
        "actor_id": event.actor_id,
        "target_id": event.target_id,
        "result": _RESULTS.get(event.result, ""),
        "address_prefix": event.address_prefix,
        "trace_id": event.trace_id,
        "details": dict(event.details),
        "id": event.id,
        "previous_hash": event.previous_hash,
    }
    canonical = json.dumps(shown, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


class Verification:
    """One verification: it takes pages of events, then tells what it found."""

    def __init__(
        self,
        workspace_id: str,
        checkpoints: Sequence[AuditCheckpoint],
        keys: str,
        *,
        seen: Seen | None,
        now: datetime,
    ) -> None:
        self._workspace_id = workspace_id
        self._checkpoints = checkpoints
        self._keys: Keys = keys_in(keys)
        self._ends = [one.last_sequence for one in checkpoints]
        self._seen = seen
        self._now = now
        self._findings = list(verified(workspace_id, checkpoints, self._keys))
        self._findings += self._against_seen()
        # The place and the hash that the next event to come must have.
        self._next = (self.end, checkpoints[-1].last_hash if checkpoints else NONE_BEFORE)
        self._taken = self._expired = self._later = 0
        self.latest = 0

    @property
    def end(self) -> int:
        """Tell the sequence that the checkpoints vouch up to."""
        return self._ends[-1] if self._ends else 0

    def take(self, events: Iterable[AuditEvent]) -> None:
        """Verify a page of events, the latest first; the pages follow each other."""
        for event in events:
            self.latest = max(self.latest, event.sequence)
            if event.sequence > self.end:
                self._later += 1
            else:
                self._findings += self._verified(event)

    def await_end(self, end: int) -> None:
        """Find events that no checkpoint vouches for, although there was one since they came."""
        if self.latest > end:
            sentence = f"no checkpoint vouches for event {self.latest}"
            self._findings.append(Finding(Problem.CHECKPOINT, self.latest, sentence))

    def outcome(self) -> Outcome:
        """Tell what was found, after the last page."""
        sequence, digest = self._next
        findings = [*self._findings, *self._missing(1, sequence)]
        if sequence == 0 and digest != NONE_BEFORE:
            findings.append(Finding(Problem.CHANGED, 1, "event 1 names one before it"))
        return Outcome(
            findings=tuple(findings[:MOST_FINDINGS]),
            head=self._head(),
            verified=self._taken,
            expired=self._expired,
            later=self._later,
        )

    def _verified(self, event: AuditEvent) -> Iterator[Finding]:
        sequence, digest = self._next
        if not 0 < event.sequence <= sequence:
            sentence = f"event {event.sequence} is there twice, or not in its place"
            yield Finding(Problem.OUT_OF_PLACE, event.sequence, sentence)
            return
        yield from self._missing(event.sequence + 1, sequence)
        changed = hash_of(event, self._workspace_id) != event.hash
        if event.sequence == sequence:
            changed |= event.hash != digest
        if changed or not self._as_vouched(event):
            sentence = f"event {event.sequence} is not what it was"
            yield Finding(Problem.CHANGED, event.sequence, sentence)
        self._taken += 1
        self._next = (event.sequence - 1, event.previous_hash)

    def _as_vouched(self, event: AuditEvent) -> bool:
        """Hold an event against the checkpoints at its place, and against what was seen."""
        position = bisect_left(self._ends, event.sequence)
        vouching = self._checkpoints[position]
        stands = event.segment == vouching.segment
        if event.sequence == vouching.last_sequence:
            stands &= event.hash == vouching.last_hash
        if position and event.sequence == vouching.first_sequence:
            stands &= event.previous_hash == self._checkpoints[position - 1].last_hash
        if self._seen is not None and event.sequence == self._seen.sequence:
            stands &= event.hash == self._seen.hash
        return stands

    def _missing(self, first: int, last: int) -> Iterator[Finding]:
        """Find the segments that lack events of a range, and may not have expired yet."""
        if first > last:
            return
        for one in self._checkpoints:
            begin, end = max(first, one.first_sequence), min(last, one.last_sequence)
            if begin > end:
                continue
            segment = segment_of(one.segment)
            if segment is not None and segment.expires <= self._now and not one.open:
                self._expired += end - begin + 1
                continue
            which = f"event {begin} is" if begin == end else f"events {begin} to {end} are"
            yield Finding(Problem.MISSING, begin, f"{which} missing")

    def _against_seen(self) -> Iterator[Finding]:
        if self._seen is None:
            return
        if self.end < self._seen.sequence:
            sentence = f"it ends at event {self.end}, and had {self._seen.sequence} before"
            yield Finding(Problem.ROLLED_BACK, self.end, sentence)
        head = self._head()
        if head is not None and head.key_id != self._seen.key_id:
            sentence = "it is signed with another key than before"
            yield Finding(Problem.KEY, head.sequence, sentence)

    def _head(self) -> Seen | None:
        if not self._checkpoints:
            return None
        last = self._checkpoints[-1]
        previous = checkpoint_digest(self._checkpoints[-2]) if self._ends[1:] else NONE_BEFORE
        key_id = signer_of(self._workspace_id, last, previous, self._keys) or ""
        return Seen(last.last_sequence, last.last_hash, key_id)
