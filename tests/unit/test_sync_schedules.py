"""How often sites are asked what changed: by tier and by whether anybody is there."""

from services.kernel.ids import ConnectionId, WorkspaceId
from services.kernel.membership import Tier
from services.sync.domain.schedule import (
    DAY_MILLISECONDS,
    IDLE_AFTER_MILLISECONDS,
    MINUTE_MILLISECONDS,
    Activity,
    next_delta,
)

NOW = 1_700_000_000_000


def period(tier: Tier, ago: int = 0) -> float:
    return Activity(WorkspaceId("wsp_1"), tier, NOW - ago).period(NOW) / MINUTE_MILLISECONDS


def test_tiers() -> None:
    assert {tier: period(tier) for tier in Tier} == {
        Tier.ENTERPRISE: 5,
        Tier.PRO: 15,
        Tier.FREE: 60,
    }


def test_where_nobody_was_for_a_week() -> None:
    """Once a day, whatever the tier; a millisecond less than a week is not a week."""
    day = DAY_MILLISECONDS / MINUTE_MILLISECONDS
    assert {period(tier, IDLE_AFTER_MILLISECONDS) for tier in Tier} == {day}
    assert period(Tier.PRO, IDLE_AFTER_MILLISECONDS - 1) == 15


def test_connections_are_apart() -> None:
    """Each a little sooner than its period, always by as much, and not all by the same."""
    ids = [ConnectionId(f"con_{number}") for number in range(200)]
    due = [next_delta(one, NOW, 1000_000) - NOW for one in ids]
    assert 900_000 <= min(due) < 910_000
    assert 990_000 < max(due) <= 1000_000
    assert due == [next_delta(one, NOW + 7, 1000_000) - NOW - 7 for one in ids]
