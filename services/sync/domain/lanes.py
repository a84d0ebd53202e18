"""The lanes that syncs wait in: what a person waits for goes before what nobody does."""

from enum import StrEnum
from typing import Final

from services.kernel.sync_job import Mode


class Lane(StrEnum):
    """Why a connection is worked at, and so how soon."""

    INTERACTIVE = "INTERACTIVE"
    """A person asked for it and may be looking at its progress."""
    REFRESH = "REFRESH"
    """The site told that something changed."""
    DELTA = "DELTA"
    """It was due."""
    BACKFILL = "BACKFILL"
    """Everything is read, or counted: it takes long, and nobody sees the difference soon."""


# The queue's priorities: smaller is sooner, and 0 would be none. Of one priority the first put is
# the first worked at.
PRIORITY: Final = {Lane.INTERACTIVE: 1, Lane.REFRESH: 2, Lane.DELTA: 3, Lane.BACKFILL: 4}
# One that waits starts after at most so many that were put later, or are of a sooner priority,
# have started: so endless refreshes hold nothing up for ever.
PASSED_AT_MOST: Final = {Lane.REFRESH: 4, Lane.DELTA: 4, Lane.BACKFILL: 8}


def lane_of(mode: Mode, *, asked: bool = False) -> Lane:
    """Give the lane of what a job does once it runs; `asked`: a person asked for it.

    What reads everything takes long, whoever asked for it: else one person's FULL would have what
    the DELTAs of all others need.
    """
    if mode is not Mode.DELTA:
        return Lane.BACKFILL
    return Lane.INTERACTIVE if asked else Lane.DELTA
