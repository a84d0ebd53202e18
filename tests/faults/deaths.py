"""What workers are to die of, and that they did."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.faults.nursery import Child

MOST_PASSINGS: Final = 4
Life = tuple[str, int]  # a point, and at which passing it is fatal


def lives(points: Sequence[str], seeds: Sequence[int]) -> list[Life]:
    """Give each point with each seed, in the order of one of them."""
    found = []
    for seed in seeds:
        rng = random.Random(seed)
        found += [(point, rng.randint(1, MOST_PASSINGS)) for point in points]
    random.Random(seeds[0]).shuffle(found)
    return found


class Undead(Exception):
    """Nobody dies at a point."""


@dataclass(frozen=True, slots=True)
class Mortal:
    """A process, what it is to die of, and how often that was tried."""

    child: Child
    ends: float
    life: Life
    tries: int
    note: Path

    @property
    def died(self) -> bool:
        """Whether it died at its point, and of it."""
        return not self.child.alive and self.note.exists()
