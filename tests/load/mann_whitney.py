"""Whether two samples come from the same source, whatever its distribution.

The two-sided Mann-Whitney U test (Mann and Whitney 1947) in its normal approximation, corrected for
ties and for continuity, which holds from some 20 values in each sample.
"""

import math
from collections import Counter
from collections.abc import Sequence
from statistics import NormalDist

LEAST_VALUES = 20


def p_value(first: Sequence[float], second: Sequence[float]) -> float:
    """Tell how probable so large a difference would be if both had one source; 0 to 1."""
    if min(len(first), len(second)) < LEAST_VALUES:
        raise ValueError(f"at least {LEAST_VALUES} values are needed in each sample")
    ranks = _ranks([*first, *second])
    n, m = len(first), len(second)
    statistic = sum(ranks[:n]) - n * (n + 1) / 2
    spread = _spread([*first, *second], n, m)
    if spread == 0:
        return 1.0
    distance = max(abs(statistic - n * m / 2) - 0.5, 0.0)
    return min(2 * NormalDist().cdf(-distance / spread), 1.0)


def _ranks(values: Sequence[float]) -> list[float]:
    """Rank values from 1 on; equal ones share the mean of their places."""
    counts = Counter(values)
    places: dict[float, float] = {}
    before = 0
    for value in sorted(counts):
        places[value] = before + (counts[value] + 1) / 2
        before += counts[value]
    return [places[value] for value in values]


def _spread(values: Sequence[float], n: int, m: int) -> float:
    """Give the statistic's standard deviation under one source."""
    total = n + m
    ties = sum(count**3 - count for count in Counter(values).values())
    return math.sqrt(n * m / 12 * (total + 1 - ties / (total * (total - 1))))
