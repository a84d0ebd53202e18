"""Verifying an audit: whatever is done to what was signed, is found; what is whole passes."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from client.audit_findings import Seen
from client.audit_verification import hash_of
from jira_analytics.auth.v1.workspace_pb2 import AuditEvent
from services.kernel import audit as made
from tests.unit.audit_examples import (
    WORKSPACE,
    occurred,
    signer,
)
from tests.unit.audit_verifying import audit_of, rechained, verify

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
events = st.builds(
    made.AuditEvent,
    event_id=st.uuids().map(lambda value: f"evt_{value.hex}"),
    workspace_id=st.just(WORKSPACE),
    occurred=st.integers(0, 2**42),
    action=st.sampled_from(["session.begin", "member.update"]),
    actor_id=texts,
    target_id=texts,
    succeeded=st.booleans(),
    address_prefix=texts,
    trace_id=texts,
    details=st.dictionaries(st.sampled_from(["role", "name", "to"]), texts),
)
# Batches of events, each with the months that went by before it.
histories = st.lists(st.tuples(st.integers(0, 2), st.lists(events, max_size=5)), max_size=5)


@given(histories)
@settings(max_examples=60, deadline=None)
def test_an_untouched_audit_is_whole(history: list[tuple[int, list[made.AuditEvent]]]) -> None:
    """However events came, over whatever months: all of them are verified, nothing is found."""
    audit = audit_of(history)
    outcome = verify(audit.shown, audit.checkpoints)
    assert outcome.whole
    assert (outcome.verified, outcome.expired, outcome.later) == (len(audit.rows), 0, 0)
    if audit.rows:
        assert outcome.head is not None
        assert (outcome.head.sequence, outcome.head.hash) == (len(audit.rows), audit.rows[-1].hash)
    assert verify(audit.shown, audit.checkpoints, seen=outcome.head).whole


def other(event: AuditEvent, field: str) -> None:
    """Change a field to something else."""
    match field:
        case "result":
            both = AuditEvent.SUCCEEDED + AuditEvent.REFUSED
            event.result = AuditEvent.Result.ValueType(both - event.result)
        case "event_time":
            event.event_time.FromMilliseconds(event.event_time.ToMilliseconds() + 1)
        case "details":
            event.details["role"] = event.details["role"] + "x"
        case "sequence":
            event.sequence += 1
        case _:
            setattr(event, field, getattr(event, field) + "x")


FIELDS = [field.name for field in AuditEvent.DESCRIPTOR.fields]
Harm = Callable[[list[AuditEvent], int, st.DataObject], object]


def changed(shown: list[AuditEvent], position: int, data: st.DataObject) -> None:
    other(shown[position], data.draw(st.sampled_from(FIELDS)))


def changed_with_its_hash(shown: list[AuditEvent], position: int, data: st.DataObject) -> None:
    names = [name for name in FIELDS if name != "hash"]
    other(shown[position], data.draw(st.sampled_from(names)))
    shown[position].hash = hash_of(shown[position], WORKSPACE)


def changed_with_all_hashes(shown: list[AuditEvent], position: int, data: st.DataObject) -> None:
    other(shown[position], data.draw(st.sampled_from(["actor_id", "result", "target_id"])))
    rechained(shown, position)


def removed(shown: list[AuditEvent], position: int, _: st.DataObject) -> None:
    del shown[position]


def removed_and_closed_up(shown: list[AuditEvent], position: int, _: st.DataObject) -> None:
    del shown[position]
    for event in shown[:position]:
        event.sequence -= 1
    if position:
        shown[position - 1].previous_hash = shown[position].hash if shown[position:] else "0" * 64
        rechained(shown, position - 1)


def swapped(shown: list[AuditEvent], position: int, _: st.DataObject) -> None:
    beside = position - 1 if position else position + 1
    shown[position], shown[beside] = shown[beside], shown[position]


def doubled(shown: list[AuditEvent], position: int, data: st.DataObject) -> None:
    shown.insert(data.draw(st.integers(0, len(shown))), shown[position])


def segment_removed(shown: list[AuditEvent], position: int, _: st.DataObject) -> None:
    segment = shown[position].segment
    shown[:] = [event for event in shown if event.segment != segment]


@pytest.mark.parametrize(
    "harm",
    [
        changed,
        changed_with_its_hash,
        changed_with_all_hashes,
        removed,
        removed_and_closed_up,
        swapped,
        doubled,
        segment_removed,
    ],
)
@given(history=histories, data=st.data())
@settings(max_examples=40, deadline=None)
def test_whatever_is_done_to_an_event_is_found(
    harm: Harm, history: list[tuple[int, list[made.AuditEvent]]], data: st.DataObject
) -> None:
    """One event is harmed, also the last one, also with all hashes set right: it is found."""
    audit = audit_of([*history, (0, [occurred(1), occurred(2)])])
    shown = audit.shown
    harm(shown, data.draw(st.integers(0, len(shown) - 1)), data)
    assert not verify(shown, audit.checkpoints).whole


@given(history=histories, data=st.data())
@settings(max_examples=40, deadline=None)
def test_whatever_is_done_to_a_checkpoint_is_found(
    history: list[tuple[int, list[made.AuditEvent]]], data: st.DataObject
) -> None:
    """A checkpoint that is left out, changed, or signed by somebody else is found."""
    audit = audit_of([*history, (0, [occurred(1), occurred(2)])])
    checkpoints = audit.checkpoints
    position = data.draw(st.integers(0, len(checkpoints) - 1))
    one = checkpoints[position]
    match data.draw(st.sampled_from(["left out", "hash", "range", "name", "open", "signature"])):
        case "left out":
            del checkpoints[position]
        case "hash":
            one.last_hash = "1" * 64
        case "range":
            one.last_sequence += 1
        case "name":
            one.segment = "2025-01.1"
        case "open":
            one.open = not one.open
        case "signature":
            one.signature = one.signature[:-8] + "AAAAAAAA"
    seen = Seen(len(audit.rows), audit.rows[-1].hash, signer().key_id)
    assert not verify(audit.shown, checkpoints, seen=seen).whole
