"""Figures as they are; withheld or undefined ones as a dash, never as 0."""

from datetime import timedelta

from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message

NONE = "\N{EN DASH}"
FEWEST_FOR_PERCENTILES = 10
PERCENTILES = ("p50", "p85", "p95")


def count_of(message: Message, name: str) -> int | None:
    """Take a number from a message; None where the product gives none."""
    return int(getattr(message, name)) if message.HasField(name) else None


def share_of(message: Message, name: str) -> float | None:
    """Take a share, 0 to 1, from a message; None where the product gives none."""
    return float(getattr(message, name)) if message.HasField(name) else None


def span_of(message: Message, name: str) -> timedelta | None:
    """Take a length of time from a message; None where the product gives none."""
    duration = getattr(message, name)
    present = message.HasField(name) and isinstance(duration, Duration)
    return duration.ToTimedelta() if present else None


def count_in_words(count: int | None) -> str:
    """Say a number."""
    return NONE if count is None else f"{count:,}"


def percent_in_words(share: float | None) -> str:
    """Say a share."""
    return NONE if share is None else f"{share * 100:.0f} %"


def why_missing(count: int) -> str:
    """Say why percentiles are not there: too few lengths to speak of any.

    >>> why_missing(4)
    '4 items, fewer than 10'
    """
    if not count:
        return "no items"
    items = "1 item" if count == 1 else f"{count} items"
    return f"{items}, fewer than {FEWEST_FOR_PERCENTILES}"
