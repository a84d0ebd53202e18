"""Parts of a large site that can be listed beside each other: by when their issues were made.

An issue is made once: whatever happens to it, it is in one slice and stays there. (By `updated`
nothing may be bounded above: an issue that is edited often enough would stay behind the bound.)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from services.kernel.ids import Instant

# Two pages of ids; below that one sweep is as fast.
SLICED_FROM: Final = 10_000
SLICES: Final = 8
# Pages of a slice are numbered from its own number times this.
PAGES_OF_A_SLICE: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Slice:
    """Issues made at `since` or later, and before `until`; None for whatever comes after.

    `listed` is how many it holds, once all of it was listed.
    """

    number: int
    since: Instant = 0
    until: Instant | None = None
    listed: int | None = None


WHOLE: Final = (Slice(0),)


def cut(oldest: Instant, now: Instant, count: int = SLICES) -> Sequence[Slice]:
    """Cut what was made since an instant into slices of equal time; the last one has no end."""
    span = max(now - oldest, 0) // count
    if span == 0:
        return WHOLE
    starts = [0, *(oldest + number * span for number in range(1, count))]
    return [
        Slice(number, since, until)
        for number, (since, until) in enumerate(zip(starts, [*starts[1:], None], strict=True))
    ]
