"""What an audit's signatures vouch for, and what was seen before; and what may have expired."""

from client.audit_checkpoints import segment_of
from client.audit_findings import Problem, Seen
from client.audit_verification import Verification
from tests.unit.audit_examples import BEGAN, Audit, occurred, other_signer, signer, when
from tests.unit.audit_verifying import audit_of, rechained, verify


def test_another_key_vouches_for_nothing() -> None:
    """An audit that is chained and signed in itself, but with a key that is not published."""
    audit = Audit()
    audit.grow([occurred(number) for number in range(8)], by=other_signer())
    outcome = verify(audit.shown, audit.checkpoints)
    assert {one.problem for one in outcome.findings} == {Problem.SIGNATURE}


def test_a_key_that_was_not_there_before_is_found() -> None:
    """Its signatures hold, and are not those of the key that was seen before."""
    audit = Audit()
    audit.grow([occurred(1)])
    seen = Seen(1, audit.rows[0].hash, other_signer().key_id)
    outcome = verify(audit.shown, audit.checkpoints, seen=seen)
    assert [one.problem for one in outcome.findings] == [Problem.KEY]


def test_an_audit_that_went_back_is_found() -> None:
    """An earlier state, whole and signed in itself, is behind what was seen before."""
    audit = Audit()
    audit.grow([occurred(number) for number in range(4)])
    shown, checkpoints = audit.shown, audit.checkpoints
    audit.grow([occurred(4)])
    seen = verify(audit.shown, audit.checkpoints).head
    assert verify(shown, checkpoints).whole
    outcome = verify(shown, checkpoints, seen=seen)
    assert [one.problem for one in outcome.findings] == [Problem.ROLLED_BACK]


def test_another_audit_than_was_seen_is_found() -> None:
    """The same length, signed by the same key, and another event at the place that was seen."""
    audit, twin = Audit(), Audit()
    audit.grow([occurred(1), occurred(2)])
    twin.grow([occurred(1), occurred(3), occurred(4)])
    seen = verify(audit.shown, audit.checkpoints).head
    outcome = verify(twin.shown, twin.checkpoints, seen=seen)
    assert [(one.problem, one.sequence) for one in outcome.findings] == [(Problem.CHANGED, 2)]


def test_another_workspace_s_audit_is_none_of_ours() -> None:
    """Events and signatures say whose they are."""
    audit = Audit()
    audit.grow([occurred(1)])
    keys = signer().published
    verification = Verification("wsp_2", audit.checkpoints, keys, seen=None, now=when(BEGAN))
    verification.take(audit.shown)
    problems = {one.problem for one in verification.outcome().findings}
    assert problems == {Problem.SIGNATURE, Problem.CHANGED}


def test_whole_segments_may_be_gone_after_seven_years() -> None:
    """From the first instant of their expiry on, and not a millisecond before."""
    audit = audit_of([(0, [occurred(1), occurred(2)]), (1, [occurred(3)])])
    gone = segment_of(audit.rows[0].segment)
    assert gone is not None
    left = audit.shown[:1]
    expired = audit.rows[0].expires
    assert int(gone.expires.timestamp() * 1000) == expired
    outcome = verify(left, audit.checkpoints, now=when(expired))
    assert outcome.whole
    assert (outcome.verified, outcome.expired) == (1, 2)
    early = verify(left, audit.checkpoints, now=when(expired - 1))
    assert [(one.problem, one.sentence) for one in early.findings] == [
        (Problem.MISSING, "events 1 to 2 are missing")
    ]


def test_what_follows_an_expired_segment_must_follow_it() -> None:
    """The oldest event that is left names the expired checkpoint's last one, or it is found."""
    audit = audit_of([(0, [occurred(1), occurred(2)]), (1, [occurred(3), occurred(4)])])
    shown = audit.shown[:2]
    shown[1].previous_hash = "1" * 64
    rechained(shown, 1)
    outcome = verify(shown, audit.checkpoints, now=when(audit.rows[0].expires))
    assert not outcome.whole


def test_events_that_came_meanwhile_are_for_the_next_time() -> None:
    """They are behind the end that was signed: counted, and not vouched for."""
    audit = Audit()
    audit.grow([occurred(1)])
    checkpoints = audit.checkpoints
    audit.grow([occurred(2), occurred(3)])
    outcome = verify(audit.shown, checkpoints)
    assert outcome.whole
    assert (outcome.verified, outcome.later) == (1, 2)
