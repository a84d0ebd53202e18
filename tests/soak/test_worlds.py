"""Fifty worlds in which nothing is lost; `make soak` runs a thousand."""

import pytest

from tests.soak.plan import plan_of
from tests.soak.product import Stores
from tests.soak.soaking import soaked

SEEDS = 50


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_nothing_is_lost(seed: int, mongo_url: str, queue_url: str) -> None:
    """After one quiet DELTA and census all is as the site holds it; replay with --seed."""
    outcome = await soaked(plan_of(seed), Stores(mongo_url, queue_url))
    assert not outcome.findings, f"python -m tests.soak --seed {seed}"
