"""How often sites are asked what changed: by tier and by whether anybody is there."""

from collections.abc import Sequence

from services.kernel.ids import ConnectionId, Instant, JobId, WorkspaceId
from services.kernel.membership import Tier
from services.kernel.sync_job import Mode
from services.sync.domain.schedule import (
    DAY_MILLISECONDS,
    IDLE_AFTER_MILLISECONDS,
    MINUTE_MILLISECONDS,
    Activity,
    next_delta,
)
from services.sync.scheduling import MOST_ROUNDS, Scheduling

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


class Due:
    """So many connections of which a DELTA is due; a hundred are listed at once."""

    def __init__(self, count: int, *, others: bool = False) -> None:
        self.left = [ConnectionId(f"con_{number}") for number in range(count)]
        self.others = others  # another worker starts each of them first
        self.put_in = list[ConnectionId]()
        self.asked = 0

    async def due(self, mode: Mode, now: Instant) -> Sequence[ConnectionId]:
        """List the first of them."""
        self.asked += 1
        return self.left[:100] if mode is Mode.DELTA else []

    async def start(
        self, mode: Mode, connection_id: ConnectionId, job_id: JobId, now: Instant
    ) -> WorkspaceId | None:
        """Start one, unless another worker does; either way it is due no more."""
        if self.others:
            return None
        self.left.remove(connection_id)
        return WorkspaceId("wsp_1")

    async def put(self, connection_id: ConnectionId, *_: object) -> None:
        """Hear of a connection."""
        self.put_in.append(connection_id)


async def test_one_look_starts_all_that_is_due() -> None:
    """However many: a hundred in half a minute would not keep the five minutes of a thousand."""
    due = Due(1_250)
    await Scheduling(due, due, lambda: NOW).look()
    assert len(set(due.put_in)) == len(due.put_in) == 1_250


async def test_a_look_ends() -> None:
    """What another worker starts is left to that, and more than can be is left to the next look."""
    others = Due(500, others=True)
    await Scheduling(others, others, lambda: NOW).look()
    assert (others.put_in, others.asked) == ([], len(Mode))
    many = Due(100 * MOST_ROUNDS + 1)
    await Scheduling(many, many, lambda: NOW).look()
    assert len(many.left) == 1


def test_connections_are_apart() -> None:
    """Each a little sooner than its period, always by as much, and not all by the same."""
    ids = [ConnectionId(f"con_{number}") for number in range(200)]
    due = [next_delta(one, NOW, 1000_000) - NOW for one in ids]
    assert 900_000 <= min(due) < 910_000
    assert 990_000 < max(due) <= 1000_000
    assert due == [next_delta(one, NOW + 7, 1000_000) - NOW - 7 for one in ids]
