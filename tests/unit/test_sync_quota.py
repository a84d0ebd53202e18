"""The hour's starts: exact at every moment, and who has to wait is told for how long."""

import random

import pytest

from services.kernel.errors import QuotaSpent
from services.kernel.ids import UserId, WorkspaceId
from services.kernel.membership import Tier
from services.sync.domain.quota import HOUR_MILLISECONDS, Starter, charged

HOUR = HOUR_MILLISECONDS
NOW = 1_700_000_000_000


def starter(tier: Tier = Tier.FREE, workspace: str = "wsp_1", user: str = "usr_1") -> Starter:
    return Starter(WorkspaceId(workspace), UserId(user), tier)


def test_the_tiers() -> None:
    assert {tier: starter(tier).limit for tier in Tier} == {
        Tier.FREE: 5,
        Tier.PRO: 20,
        Tier.ENTERPRISE: None,
    }


def test_everybody_has_an_hour_of_their_own() -> None:
    """In each of their workspaces; nothing in its name says whose it is."""
    ids = {
        starter().account_id,
        starter(user="usr_2").account_id,
        starter(workspace="wsp_2").account_id,
    }
    assert len(ids) == 3
    assert not [one for one in ids if "usr" in one or "wsp" in one]
    assert starter(Tier.PRO).account_id == starter().account_id, "a tier may change"


def test_the_sixth_waits_until_the_first_is_an_hour_ago() -> None:
    """To the millisecond; what is told is never too little."""
    starts: list[int] = []
    for number in range(5):
        starts = charged(starts, 5, NOW + number)
    with pytest.raises(QuotaSpent) as spent:
        charged(starts, 5, NOW + 10)
    assert spent.value.metadata == {"limit": "5", "retry_after_seconds": "3600"}
    with pytest.raises(QuotaSpent) as spent:
        charged(starts, 5, NOW + HOUR - 1)
    assert spent.value.metadata["retry_after_seconds"] == "1"
    assert charged(starts, 5, NOW + HOUR) == [*starts[1:], NOW + HOUR]


def test_a_lower_tier_counts_what_was_started_before() -> None:
    """From 20 down to 5: there is room again when no more than four count."""
    starts = [NOW + number * 1000 for number in range(20)]
    with pytest.raises(QuotaSpent) as spent:
        charged(starts, 5, NOW + 60_000)
    wait = int(spent.value.metadata["retry_after_seconds"]) * 1000
    assert len(charged(starts, 5, NOW + 60_000 + wait)) == 5


def test_in_no_sixty_minutes_are_there_more() -> None:
    """Whenever they are asked for, in whatever order clocks say they came."""
    rng = random.Random(7)
    starts: list[int] = []
    taken: list[int] = []
    now = NOW
    for _ in range(3000):
        now += rng.choice((0, 1, 1000, 60_000, 600_000, -50))
        try:
            starts = charged(starts, 5, now)
        except QuotaSpent as spent:
            wait = int(spent.metadata["retry_after_seconds"]) * 1000
            assert len(charged(starts, 5, now + wait)) <= 5, "what it was told would hold"
        else:
            taken.append(now)
            assert sum(start > now - HOUR for start in taken) <= 5
    assert len(taken) > 100
