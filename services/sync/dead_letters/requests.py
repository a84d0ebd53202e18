"""Requests about dead letters, parsed into values that cannot be wrong."""

from collections.abc import Sequence

from jira_analytics.sync.v1 import sync_pb2 as pb
from services.kernel.errors import InvalidField
from services.sync.dead_letters.letters import REPLAYED_AT_ONCE, Before, Filter
from services.sync.domain.dead_letter import DeadLetter, Reason, Sought
from services.sync.requests import LONGEST_REFERENCE, position, reference, text, token_of

_REASONS = {pb.DeadLetter.Reason.Value(reason.value): reason for reason in Reason}


def reason(value: "pb.DeadLetter.Reason.ValueType") -> Reason | None:
    """Take a reason, or none."""
    if value == pb.DeadLetter.REASON_UNSPECIFIED:
        return None
    if value not in _REASONS:
        raise InvalidField("reason", f"write one of {', '.join(Reason)}")
    return _REASONS[value]


def letters(request: pb.ListDeadLettersRequest | pb.ReplayDeadLettersRequest) -> Filter:
    """Parse which letters are asked for."""
    return Filter(reference(request.connection_id), Sought(reason=reason(request.reason)))


def letter_ids(request: pb.ReplayDeadLettersRequest) -> Sequence[str]:
    """Parse which letters are named; none where a filter or `all` says which."""
    ids = list(request.dead_letter_ids)
    filtered = bool(request.connection_id or request.reason or request.all)
    if bool(ids) == filtered:
        raise InvalidField("dead_letter_ids", "name letters, or a filter, or all")
    if len(ids) > REPLAYED_AT_ONCE:
        raise InvalidField("dead_letter_ids", f"name {REPLAYED_AT_ONCE} or fewer")
    return [text(one, "dead_letter_ids", LONGEST_REFERENCE) for one in ids]


def before(request: pb.ListDeadLettersRequest | pb.ReplayDeadLettersRequest) -> Before | None:
    """Parse the instant and id of the letter that a page follows."""
    return position(request.page_token)


def token_before(letter: DeadLetter) -> str:
    """Make the token of the page that follows a letter."""
    return token_of(letter.died, letter.letter_id)
