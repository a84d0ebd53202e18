"""Percentiles by nearest rank and floored means, withheld where there are too few values.

Readings chosen where the definitions leave room:

* ``small_sample`` is true for every n below 30, none at all included.
"""

from typing import Any

ENOUGH_FOR_PERCENTILES = 10
ENOUGH_FOR_TRUST = 30


def percentile(values: list[int], percent: int) -> int:
    """Pick the nearest-rank percentile: the ceil(percent/100 * n)-th smallest, counted from 1."""
    ordered = sorted(values)
    rank = -(-percent * len(ordered) // 100)
    return ordered[rank - 1]


def time_statistics(values: list[int], *, eligible_count: int) -> dict[str, Any]:
    """Give count, p50, p85, p95 and floored mean in ms; below ten values only the counts."""
    count = len(values)
    enough = count >= ENOUGH_FOR_PERCENTILES
    return {
        "count": count,
        "eligible_count": eligible_count,
        "p50": percentile(values, 50) if enough else None,
        "p85": percentile(values, 85) if enough else None,
        "p95": percentile(values, 95) if enough else None,
        "mean": sum(values) // count if enough else None,
        "small_sample": count < ENOUGH_FOR_TRUST,
    }
