"""Signing keys, packed into the contract's messages."""

from collections.abc import Sequence

from jira_analytics.auth.v1 import operator_pb2
from services.auth.answers.tokens import timestamp
from services.auth.domain.key_schedule import state_of
from services.auth.domain.sealed_key import SealedKey
from services.kernel.ids import Instant


def signing_keys_message(keys: Sequence[SealedKey], *, now: Instant) -> operator_pb2.SigningKeys:
    """Pack keys with where they are in their lives, the newest first."""
    states = state_of(keys, now=now)
    packed = [
        operator_pb2.SigningKeys.Key(
            key_id=key.key_id,
            state=operator_pb2.SigningKeys.Key.State.Value(states[key.key_id].name),
            create_time=timestamp(key.created),
            sign_time=timestamp(key.signs),
        )
        for key in reversed(keys)
    ]
    return operator_pb2.SigningKeys(keys=packed)
