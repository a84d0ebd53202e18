"""Instants as messages have them."""

from datetime import datetime

from google.protobuf.timestamp_pb2 import Timestamp


def instant(moment: datetime | None) -> Timestamp | None:
    """Write an aware instant as messages do; None stays None."""
    if moment is None:
        return None
    timestamp = Timestamp()
    timestamp.FromDatetime(moment)
    return timestamp
