"""Lengths of time described: nearest-rank percentiles and floored means, in whole milliseconds."""

from dataclasses import dataclass
from typing import cast

import polars as pl

# Below this many lengths percentiles and mean are withheld; below the other the sample is small.
ENOUGH_FOR_PERCENTILES = 10
ENOUGH_FOR_TRUST = 30


@dataclass(frozen=True, slots=True)
class DurationStats:
    """Lengths of time in milliseconds; `count` of `eligible_count` items have one."""

    count: int
    eligible_count: int
    p50: int | None
    p85: int | None
    p95: int | None
    mean: int | None
    small_sample: bool


def nearest_rank(values: pl.Series, percent: int) -> int:
    """Pick the ⌈percent/100 · n⌉-th smallest of n whole values, counted from 1; n is at least 2.

    Polars selects in a tenth of the time it sorts. It wants the rank as a share of n - 1 and rounds
    it back to the place, which is exact below 2**51 values; so is its double below 2**53 ms.
    """
    rank = -(-percent * values.len() // 100)
    chosen = values.quantile((rank - 1) / (values.len() - 1), interpolation="nearest")
    return int(cast(float, chosen))


def duration_stats(lengths: pl.Series, *, eligible_count: int) -> DurationStats:
    """Describe lengths of time in milliseconds, in whatever order they come."""
    count = lengths.len()
    enough = count >= ENOUGH_FOR_PERCENTILES
    # In several chunks Polars would sort after all.
    lengths = lengths.rechunk()
    return DurationStats(
        count=count,
        eligible_count=eligible_count,
        p50=nearest_rank(lengths, 50) if enough else None,
        p85=nearest_rank(lengths, 85) if enough else None,
        p95=nearest_rank(lengths, 95) if enough else None,
        mean=int(lengths.sum()) // count if enough else None,
        small_sample=count < ENOUGH_FOR_TRUST,
    )
