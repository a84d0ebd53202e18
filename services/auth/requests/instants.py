"""Instants in requests, of which some are in no calendar."""

from typing import Final

from google.protobuf.timestamp_pb2 import Timestamp

from services.kernel.errors import InvalidField
from services.kernel.ids import Instant

# The last second that a Timestamp may say: 9999-12-31T23:59:59Z.
LAST_SECOND: Final = 253_402_300_799
LAST_NANO: Final = 999_999_999


def instant_of(timestamp: Timestamp, *, name: str) -> Instant:
    """Parse an instant since 1970, cut off to the millisecond; InvalidField."""
    if not 0 <= timestamp.seconds <= LAST_SECOND or not 0 <= timestamp.nanos <= LAST_NANO:
        raise InvalidField(name, "this is no instant from 1970 on")
    return timestamp.ToMilliseconds()
