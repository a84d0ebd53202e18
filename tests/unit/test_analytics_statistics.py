"""Percentiles are nearest rank, means are floored, few values are withheld."""

import random

import polars as pl
import pytest

from services.analytics.domain.statistics import DurationStats, duration_stats, nearest_rank


@pytest.mark.parametrize("percent", [50, 85, 95])
def test_nearest_rank_is_that_of_a_sorted_list(percent: int) -> None:
    """For every n up to 1,200: the value at place ceil(p * n / 100), in integers."""
    chance = random.Random(7)
    for count in range(2, 1200):
        values = [chance.randrange(10**12) for _ in range(count)]
        place = (percent * count + 99) // 100
        assert nearest_rank(pl.Series(values), percent) == sorted(values)[place - 1]


@pytest.mark.parametrize("count", [99_991, 1_000_003])
def test_nearest_rank_of_many(count: int) -> None:
    """The share of ranks that Polars is given leads back to the very rank."""
    values = pl.Series(range(count)).shuffle(seed=1)
    for percent in (50, 85, 95):
        assert nearest_rank(values, percent) == -(-percent * count // 100) - 1


def test_spans_of_centuries_are_exact() -> None:
    """Not a millisecond is lost in a double."""
    values = pl.Series([2**53 - place for place in range(1, 12)])
    assert nearest_rank(values, 50) == 2**53 - 6


def test_below_ten_only_counts() -> None:
    """Nine values: percentiles and mean are withheld, the count is shown."""
    assert duration_stats(pl.Series(range(9)), eligible_count=12) == DurationStats(
        9, 12, p50=None, p85=None, p95=None, mean=None, small_sample=True
    )


def test_of_ten() -> None:
    """Ten values: the fifth, ninth and tenth; the mean floored to the millisecond."""
    assert duration_stats(pl.Series([*range(9, -1, -1)]), eligible_count=10) == DurationStats(
        10, 10, p50=4, p85=8, p95=9, mean=4, small_sample=True
    )


@pytest.mark.parametrize(("count", "small"), [(29, True), (30, False)])
def test_small_sample(count: int, small: bool) -> None:
    """Fewer than thirty are a small sample."""
    assert duration_stats(pl.Series(range(count)), eligible_count=count).small_sample is small
