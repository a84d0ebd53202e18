"""Workspaces take turns at the workers, however much each has to do (Q4): on the real queue."""

from collections import Counter

import pytest

from services.chassis.clock import system_clock
from services.kernel.ids import WorkspaceId
from services.kernel.membership import Tier
from services.sync.domain.lanes import Lane
from services.sync.domain.schedule import WEIGHTS
from services.sync.queue import PutBack
from tests.contract.queue_bench import Bench, bench, named, put, workspace_of

__all__ = ["bench"]
WORKSPACES = 50
SLOTS = 4
ROUNDS = 20
LATER = 3
# Webhooks of one workspace, by batches that a turn reads again: 10,000 and five times a hundred.
TURNS_OF_MANY_HOOKS = 20


def jain(amounts: list[int]) -> float:
    """Give Jain's index of fairness: 1 where all have the same, 1/n where one has all."""
    return sum(amounts) ** 2 / (len(amounts) * sum(each**2 for each in amounts))


async def test_one_with_a_flood_of_webhooks_has_its_turn_and_no_more(bench: Bench) -> None:
    """Of 50 workspaces one has 10,000 webhooks to read again: Jain's index stays above 0.95.

    A turn reads 500 of them again and puts its connection back; meanwhile all others are sent one
    webhook after the other.
    """
    left = {named(0): TURNS_OF_MANY_HOOKS}
    turns: list[int] = []

    async def turn() -> None:
        connection_id = bench.hand.handled[-1][0]
        turns.append(workspace_of(connection_id))
        left[connection_id] = left.get(connection_id, 1) - 1
        if left[connection_id]:
            raise PutBack(system_clock())
        if workspace_of(connection_id):
            del left[connection_id]
            await put(bench, workspace_of(connection_id))

    bench.hand.then = turn
    for workspace in range(WORKSPACES):
        await put(bench, workspace)
    async with bench.at_work(concurrency=1):
        await bench.hand.until(WORKSPACES * 10)
    counted = Counter(turns[: WORKSPACES * 10])
    assert jain([counted[workspace] for workspace in range(WORKSPACES)]) > 0.95


async def test_fifty_connections_have_no_more_turns_than_one(bench: Bench) -> None:
    """One workspace has fifty connections that are always due, nine have one: all have a tenth."""
    turns: list[int] = []

    async def again() -> None:
        connection_id = bench.hand.handled[-1][0]
        turns.append(workspace_of(connection_id))
        # It is put while it runs, as by a webhook: it follows itself.
        _, workspace, number = connection_id.split("_")
        await put(bench, int(workspace), int(number))

    bench.hand.then = again
    for number in range(50):
        await put(bench, 0, number)
    for workspace in range(1, 10):
        await put(bench, workspace)
    async with bench.at_work(concurrency=1):
        await bench.hand.until(200)
    counted = Counter(turns[:200])
    assert jain([counted[workspace] for workspace in range(10)]) > 0.95
    # And of the fifty each has its own.
    of_many = [each for each, _ in bench.hand.handled if workspace_of(each) == 0]
    assert len(set(of_many)) >= len(of_many) - 2


@pytest.mark.parametrize(("connections", "slots"), [(1, 1), (8, SLOTS)])
async def test_shares_are_as_the_weights_of_tiers(
    bench: Bench, connections: int, slots: int
) -> None:
    """Free, pro, enterprise, and one whose tier nobody told, all always due: 1, 2, 4 and 1 (Q4).

    Each has its share within a tenth, with one connection each or more than there are slots.
    """
    tiers = [Tier.FREE, Tier.PRO, Tier.ENTERPRISE] * 2
    weights = [*(WEIGHTS[tier] for tier in tiers), 1]

    async def again() -> None:
        _, workspace, number = bench.hand.handled[-1][0].split("_")
        await put(bench, int(workspace), int(number))

    bench.hand.then = again
    await bench.jobs.weigh({WorkspaceId(f"ws_{at}"): weights[at] for at in range(len(tiers))})
    for number in range(connections):
        for workspace in range(len(weights)):
            await put(bench, workspace, number)
    starts = ROUNDS * sum(weights)
    async with bench.at_work(slots):
        await bench.hand.until(starts)
    counted = Counter(workspace_of(each) for each, _ in bench.hand.handled[:starts])
    shares = {at: counted[at] / ROUNDS for at in range(len(weights))}
    assert shares == {at: pytest.approx(weight, rel=0.1) for at, weight in enumerate(weights)}


async def test_who_is_put_a_little_later_has_no_more(bench: Bench) -> None:
    """A free one that is put again when an enterprise's next three have begun: one of five."""

    async def of_before() -> None:
        if len(bench.hand.handled) > LATER:
            _, workspace, number = bench.hand.handled[-1 - LATER][0].split("_")
            await put(bench, int(workspace), int(number))

    bench.hand.then = of_before
    await bench.jobs.weigh({WorkspaceId("ws_1"): WEIGHTS[Tier.ENTERPRISE]})
    await put(bench, 0)
    for number in range(2 * LATER):
        await put(bench, 1, number)
    async with bench.at_work(concurrency=1):
        await bench.hand.until(5 * ROUNDS)
    counted = Counter(workspace_of(each) for each, _ in bench.hand.handled[: 5 * ROUNDS])
    assert counted[0] == pytest.approx(ROUNDS, rel=0.1)


@pytest.mark.parametrize("tier", [Tier.FREE, Tier.ENTERPRISE])
async def test_who_comes_last_waits_for_no_crowd(bench: Bench, tier: Tier) -> None:
    """Behind a workspace with fifty waiting, another starts after slots + 1 ends at most (Q4)."""
    await bench.jobs.weigh({WorkspaceId("ws_0"): WEIGHTS[tier]})
    bench.hand.gate.clear()
    for number in range(50):
        await put(bench, 0, number)
    async with bench.at_work(concurrency=SLOTS):
        await bench.hand.until(SLOTS)
        await put(bench, 1)
        bench.hand.gate.set()
        await bench.hand.until(50)
    order = [workspace_of(each) for each, _ in bench.hand.handled]
    # The one that is there by then starts before as many ended as there are slots, and one more.
    assert order.index(1) <= SLOTS + SLOTS + 1


async def test_one_alone_has_every_slot(bench: Bench) -> None:
    """Where nobody else waits, fifty connections are worked at as fast as they can be."""
    bench.hand.gate.clear()
    for number in range(50):
        await put(bench, 0, number)
    async with bench.at_work(concurrency=SLOTS):
        await bench.hand.until(SLOTS)
        bench.hand.gate.set()
        await bench.hand.until(50)
    assert {attempt for _, attempt in bench.hand.handled} == {1}


async def test_what_is_not_known_to_be_one_workspaces_counts_by_itself(bench: Bench) -> None:
    """Connections that were never put with their workspace have their turns as they come."""
    for number in range(5):
        await bench.jobs.put(named(0, number), Lane.DELTA)
    async with bench.at_work(concurrency=1):
        await bench.hand.until(5)
    assert [each for each, _ in bench.hand.handled] == [named(0, number) for number in range(5)]


async def test_whose_a_connection_is_stays_known(bench: Bench) -> None:
    """Told once, it counts for later puts that do not tell it."""
    for number in range(3):
        await put(bench, 0, number)
    async with bench.at_work(concurrency=1):
        await bench.hand.until(3)
    for number in range(3):
        await bench.jobs.put(named(0, number), Lane.DELTA)
    await bench.jobs.put(named(1), Lane.DELTA)
    async with bench.at_work(concurrency=1):
        await bench.hand.until(7)
    assert workspace_of(bench.hand.handled[4][0]) == 1
