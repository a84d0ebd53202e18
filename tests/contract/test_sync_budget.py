"""The budget on a real server: what all workers together may ask of a site (Q6, Q11)."""

import asyncio
import bisect
import heapq

import pytest

from services.sync.budget.buckets import Buckets
from services.sync.domain.lanes import Lane
from services.sync.domain.limits_said import BURST, Points, Room, Scope
from tests.contract.budget_bench import OTHER, RATE, SEARCH, SITE, STATUS, Bench, bench, payer
from tests.redis_in_time import in_time
from twin.clock import Past

__all__ = ["bench"]
QUOTA = "jira-quota-tenant-based"
HOUR_MS = 3_600_000


async def test_all_workers_together_keep_the_rate_and_use_it(bench: Bench) -> None:
    """Never more than rate and burst in any window; and where many wait, nothing is lost (Q6).

    Judged by Redis' time alone: when each token was for, not when somebody came to use it.
    """
    until = asyncio.get_running_loop().time() + 2.5

    async def ask(worker: Buckets) -> None:
        while asyncio.get_running_loop().time() < until:
            verdict = await worker.take(SITE, SEARCH, payer())
            if not verdict.reason:
                bench.granted.append(verdict.now_microseconds + verdict.wait_milliseconds * 1000)
            await asyncio.sleep(verdict.wait_milliseconds / 1000)

    await asyncio.gather(*(ask(worker) for worker in bench.workers for _ in range(2)))
    at = sorted(bench.granted)
    for first in range(len(at)):
        for last in range(first, len(at)):
            window = (at[last] - at[first]) / 1_000_000
            # A token for the next millisecond counts as one of this.
            assert last - first + 1 <= RATE + RATE * (window + 0.001) + 1
    seconds = (at[-1] - at[0]) / 1_000_000
    assert len(at) >= RATE + 0.95 * RATE * seconds - 1


async def test_eight_workers_over_minutes(bench: Bench) -> None:
    """In any minute no more than its rate and a burst, and of that all but a twentieth (Q6).

    By a clock of the test's: sixteen ask, each again as soon as its token's time has come.
    """
    time = Past(1_774_000_000_000)
    ends, minute = time.at_ms + 75_000, 60_000
    workers = [Buckets(in_time(bench.redis, time)) for _ in range(8)]
    asking, at = [(time.at_ms, number) for number in range(16)], []
    while asking[0][0] < ends:
        time.at_ms, number = heapq.heappop(asking)
        verdict = await workers[number % 8].take(SITE, SEARCH, payer())
        again = time.at_ms + verdict.wait_milliseconds
        at += [] if verdict.reason else [again]
        heapq.heappush(asking, (again + 1, number))
    at.sort()
    for first in at:
        within = bisect.bisect_left(at, first + minute) - bisect.bisect_left(at, first)
        assert within <= RATE * 61 + 1
        if first + minute <= ends:
            assert within >= 0.95 * RATE * 60


async def test_a_full_bucket_holds_a_second(bench: Bench) -> None:
    """Each endpoint of each site has its own."""
    assert await bench.at_once() == pytest.approx(RATE, abs=2)
    assert not (await bench.take(call=STATUS)).wait_milliseconds
    assert not (await bench.take(site=OTHER)).wait_milliseconds


async def test_later_lanes_stand_in_short_lines_only(bench: Bench) -> None:
    """At a call every two seconds: what is sooner may stand in a line that is too long for others.

    So what a person waits for is half a second behind any number of backfills at most.
    """
    await bench.heard(Room(limit=1))
    assert not (await bench.take(lane=Lane.BACKFILL)).reason
    for lane in (Lane.BACKFILL, Lane.DELTA):
        assert (await bench.take(lane=lane)).reason == "line"
    verdict = await bench.take(lane=Lane.REFRESH)
    assert not verdict.reason
    assert 1000 < verdict.wait_milliseconds <= 2000
    assert (await bench.take(lane=Lane.INTERACTIVE)).reason == "line"


@pytest.mark.parametrize(
    ("reason", "scope", "elsewhere"),
    [
        (QUOTA, Scope.SITE, QUOTA),
        (BURST, Scope.ENDPOINT, ""),
        ("unknown", Scope.ENDPOINT, ""),
    ],
)
async def test_a_refusal_stops_what_its_reason_says_for_every_worker(
    bench: Bench, reason: str, scope: Scope, elsewhere: str
) -> None:
    """A quota stops the whole site, whatever the lane; a burst its endpoint; no other site ever."""
    assert await bench.refused(reason, scope, 60_000) == 60_000
    for lane in Lane:
        verdict = await bench.take(lane=lane, worker=1)
        assert verdict.reason == reason
        assert 59_000 < verdict.wait_milliseconds <= 60_000
    assert (await bench.take(call=STATUS, worker=2)).reason == elsewhere
    assert not (await bench.take(site=OTHER, worker=2)).reason


async def test_a_pause_is_heard_of_by_who_has_its_token(bench: Bench) -> None:
    """Who slept until its token's time asks once more, and does not call into a pause."""
    assert not (await bench.take()).reason
    await bench.refused(QUOTA, Scope.SITE, 60_000)
    assert (await bench.workers[1].look(SITE, SEARCH, payer())).reason == QUOTA


async def test_a_shorter_pause_does_not_end_a_longer_one(bench: Bench) -> None:
    """Refusals come out of order: the latest instant holds."""
    await bench.refused(BURST, Scope.ENDPOINT, 60_000)
    assert await bench.refused(BURST, Scope.ENDPOINT, 1_000) > 59_000


async def test_a_pause_ends_and_the_rate_comes_back(bench: Bench) -> None:
    """After a burst half the rate, which a minute makes whole again."""
    await bench.refused(BURST, Scope.ENDPOINT, 60_000)
    # Several calls were under way: they are one burst.
    await bench.refused(BURST, Scope.ENDPOINT, 60_000)
    name = f"budget:{{{SITE}}}:{SEARCH}"
    assert float(await bench.redis.hget(name, "cut") or 0) == RATE / 2
    for key in ("until", "cut_until"):
        await bench.moved(name, key, -60_000)
    assert await bench.at_once(RATE / 2) == pytest.approx(RATE / 2, abs=3)
    await bench.redis.hdel(name, "at")
    await bench.moved(name, "cut_until", -60_000)
    assert await bench.at_once() == pytest.approx(RATE, abs=3)


async def test_what_names_no_time_is_asked_after_longer_and_longer(bench: Bench) -> None:
    """Doubled each time within 30 % either way, up to five minutes; forgotten when all is well."""
    name = f"budget:{{{SITE}}}:{SEARCH}"
    waits = []
    for _ in range(11):
        waits.append(await bench.refused("unknown", Scope.ENDPOINT, None))
        assert await bench.refused("unknown", Scope.ENDPOINT, None) <= waits[-1], "the same one"
        await bench.moved(name, "until", -waits[-1])
    for number, wait in enumerate(waits):
        plain = min(1000 * 2**number, 300_000)
        assert 0.7 * plain <= wait <= 1.3 * plain + 1
    assert len({wait / min(1000 * 2**number, 300_000) for number, wait in enumerate(waits)}) > 5
    await bench.moved(name, "until", -400_000)
    assert await bench.refused("unknown", Scope.ENDPOINT, None) <= 1301


async def test_a_rate_is_learnt_from_what_the_site_says(bench: Bench) -> None:
    """Half of a lower limit is ours, a higher one is not believed, what is left is all there is."""
    await bench.heard(Room(limit=20))
    assert await bench.at_once(10) == pytest.approx(10, abs=2)
    await bench.redis.flushdb()
    await bench.heard(Room(limit=40_000))
    assert await bench.at_once() == pytest.approx(RATE, abs=2)
    await bench.redis.flushdb()
    await bench.heard(Room(limit=100, remaining=5))
    assert await bench.at_once() == pytest.approx(5, abs=2)
    await bench.redis.flushdb()
    await bench.heard(Room(limit=1))
    assert await bench.at_once(0.5) == pytest.approx(1, abs=0.5), (
        "however slow, a bucket holds a whole token"
    )


async def test_points_left_are_for_sooner_lanes(bench: Bench) -> None:
    """When a site tells that little is left, backfills stop first, and what a person asks never."""
    goes_on = {0.2: 3, 0.1: 3, 0.05: 2, 0.02: 1, 0.0: 1}
    for left, lanes in goes_on.items():
        await bench.heard(Room(points=Points(left, 60_000)))
        verdicts = [await bench.take(lane=lane) for lane in Lane]
        assert [each.reason for each in verdicts] == [""] * lanes + ["points"] * (4 - lanes)
        assert all(each.wait_milliseconds > 59_000 for each in verdicts[lanes:])
    await bench.moved(f"budget:{{{SITE}}}", "left_until", -60_000)
    assert [(await bench.take(lane=lane)).reason for lane in Lane] == [""] * 4


async def test_who_had_more_than_its_share_of_the_points_is_last(bench: Bench) -> None:
    """Of several workspaces at a site; alone, one may have all but the reserves."""
    await bench.heard(Room(points=Points(0.1, 60_000)), cost=900)
    assert not (await bench.take()).reason
    await bench.heard(Room(), cost=100, workspace_id="ws_2")
    assert (await bench.take()).reason == "points"
    assert not (await bench.take(workspace_id="ws_2")).reason
    assert not (await bench.take(lane=Lane.INTERACTIVE)).reason


async def test_points_are_counted_by_the_hour(bench: Bench) -> None:
    """By workspace and in all; an hour that is over counts no more; all of it ends by itself."""
    await bench.heard(Room(), cost=101)
    await bench.heard(Room(), cost=2, workspace_id="ws_2")
    name = f"budget:{{{SITE}}}:points"
    told = await bench.redis.hgetall(name)
    hour = int((await bench.redis.time())[0] // 3600)
    assert told[b"all"] == b"103"
    assert (told[b"ws_1"], told[b"ws_2"]) == (b"101", b"2")
    assert abs(int(told[b"hour"]) - hour) <= 1
    await bench.redis.hset(name, "hour", hour - 1)
    await bench.heard(Room(), cost=5)
    assert (await bench.redis.hgetall(name))[b"all"] == b"5"
    await bench.take()
    await bench.refused(QUOTA, Scope.SITE, 60_000)
    for key in await bench.redis.keys("budget:*"):
        assert 0 < await bench.redis.pttl(key) <= 26 * HOUR_MS


async def test_scripts_are_known_again_after_a_flush(bench: Bench) -> None:
    """A server that forgot them is told them again."""
    await bench.take()
    await bench.redis.script_flush()
    assert not (await bench.take()).reason
