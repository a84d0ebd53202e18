"""What workers do about each of a site's limits: the real source, the twin's limits (Q6, Q11)."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from itertools import count

import aiohttp
import pytest
import pytest_asyncio
from prometheus_client import REGISTRY
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from services.chassis.clock import Clock, system_clock
from services.kernel.ids import WorkspaceId
from services.sync.budget.allowances import Budget
from services.sync.budget.buckets import Buckets, Payer
from services.sync.domain.lanes import Lane
from services.sync.domain.site import Site
from services.sync.sources.answers import Wait
from services.sync.sources.jira_cloud import Credential, JiraCloud
from services.sync.sources.transport import site_sessions
from tests.contract.twin_calls import BULK, few
from twin import clock as twin_clock
from twin.faults import Fault
from twin.limits.judging import Judge, Limits
from twin.limits.points import HOUR_MS
from twin.serving import Running, running
from twin.site import ACCEPTED_TOKEN

QUARTER_PAST_MS = 1_800_000_000_000 // HOUR_MS * HOUR_MS + HOUR_MS // 4
QUARTERS_LEFT_MS = HOUR_MS * 3 // 4
HOUR_OFF = {"right": 0, "ahead": HOUR_MS, "behind": -HOUR_MS}
_databases = count(1)


@dataclass
class Workers:
    """Workers whose clocks differ, each with a budget of its own over one Redis, and a site."""

    twin: Running
    session: aiohttp.ClientSession
    budgets: dict[str, Budget]

    def of(self, clock: str = "right", lane: Lane = Lane.BACKFILL) -> JiraCloud:
        """Give the site as a worker with such a clock sees it."""
        return self.by(self.budgets[clock], lane)

    def by(self, budget: Budget, lane: Lane = Lane.BACKFILL) -> JiraCloud:
        """Give the site as it is asked on a budget."""
        return JiraCloud(
            self.session,
            Site(self.twin.origin, registered=True),
            Credential("ann@example.test", ACCEPTED_TOKEN),
            budget.clock,
            allowance=budget.of(self.twin.origin, Payer(WorkspaceId("ws_1"), lane)),
        )

    @property
    def calls(self) -> Counter[str]:
        """Count what the twin answered, by status."""
        counted: Counter[str] = Counter()
        for (_, _, status), amount in self.twin.site.calls.counted.items():
            counted[status] += amount
        return counted

    def limit(self, **asked: object) -> None:
        """Let limits hold."""
        self.twin.site.judge = Judge(Limits.model_validate(asked))

    async def all_wait(self, least_ms: int) -> None:
        """Make sure that no worker asks anything for a time, whatever its clock says."""
        before = self.calls
        for clock, off in HOUR_OFF.items():
            with pytest.raises(Wait) as later:
                await self.of(clock).statuses()
            assert later.value.until - (system_clock() + off) >= least_ms
        assert self.calls == before


def clock_off_by(off: int) -> Clock:
    """Make a clock that is off."""
    return lambda: system_clock() + off


@pytest_asyncio.fixture
async def workers(queue_url: str) -> AsyncIterator[Workers]:
    """Give workers, and a site at a quarter past an hour."""
    url = f"{queue_url.removesuffix('/0')}/{next(_databases) % 15 + 1}"
    async with AsyncExitStack() as stack:
        clock = twin_clock.Clock(source=twin_clock.Past(QUARTER_PAST_MS))
        twin = await stack.enter_async_context(running(few(), clock=clock))
        _, session = await stack.enter_async_context(site_sessions())
        budgets = {}
        for name, off in HOUR_OFF.items():
            redis = await stack.enter_async_context(Redis.from_url(url))
            budgets[name] = Budget(Buckets(redis), clock_off_by(off))
        await redis.flushdb()
        yield Workers(twin, session, budgets)


async def until(there: Callable[[], bool]) -> None:
    """Wait until something is so."""
    for _ in range(1000):
        if there():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it is not so")


def waited(reason: str, how: str) -> float:
    """Read a metric."""
    return REGISTRY.get_sample_value("sync_site_waits_total", {"reason": reason, "how": how}) or 0


@pytest.mark.parametrize(
    ("quota", "reason"),
    [("app_points", "jira-quota-global-based"), ("tenant_points", "jira-quota-tenant-based")],
)
@pytest.mark.parametrize("rest", [{}, {"beta": True, "without_seconds": 1}])
async def test_a_quota_stops_the_site_until_its_hour_ends(
    workers: Workers, quota: str, reason: str, rest: dict[str, object]
) -> None:
    """One worker runs into it; none asks anything more of the site, of whatever endpoint."""
    workers.limit(**{quota: 40}, **rest)
    put_down = waited(reason, "put_down")
    for _ in range(40):
        await workers.of(lane=Lane.INTERACTIVE).issues(["10001"])
    with pytest.raises(Wait) as later:
        await workers.of(lane=Lane.INTERACTIVE).issues(["10001"])
    assert QUARTERS_LEFT_MS - 2000 < later.value.until - system_clock() < QUARTERS_LEFT_MS * 1.3
    assert workers.calls["429"] == 1
    await workers.all_wait(QUARTERS_LEFT_MS - 3000)
    # The one that asked, and those that did not any more.
    assert waited(reason, "put_down") - put_down == 1 + len(HOUR_OFF)


async def test_a_burst_stops_its_endpoint_alone(workers: Workers) -> None:
    """What the site counts by itself goes on."""
    workers.twin.site.faults.add(Fault(status=429, path="/rest/api/3/status", retry_after=60))
    with pytest.raises(Wait):
        await workers.of().statuses()
    await workers.all_wait(59_000)
    assert await workers.of("ahead").issues(["1"]) == []


async def test_a_narrow_rate_is_learnt_before_it_refuses(workers: Workers) -> None:
    """Three a second is all the site allows: half of it is used, and nothing is refused."""
    workers.twin.site.clock.source = twin_clock.wall_ms
    workers.limit(burst_scale=0.03)
    for _ in range(2):
        await asyncio.gather(*(workers.of(clock).statuses() for clock in ("right", "ahead")))
    assert workers.calls == {"200": 4}


async def test_a_short_wait_is_slept_and_asked_again(workers: Workers) -> None:
    """Where a second is enough, the job does not notice; nobody asks before it is over."""
    workers.twin.site.faults.add(Fault(status=429, path="/rest/api/3/status", retry_after=1))
    began = asyncio.get_running_loop().time()
    first = asyncio.create_task(workers.of().statuses())
    await until(lambda: workers.calls["429"] == 1)
    both = await asyncio.gather(first, workers.of("behind").statuses())
    assert both[0] == both[1] != []
    assert asyncio.get_running_loop().time() - began >= 1
    assert workers.calls == {"429": 1, "200": 2}


async def test_a_refusal_that_names_no_time_is_borne_a_while(workers: Workers) -> None:
    """A gateway refuses for no reason, again and again: it is asked less and less often."""
    workers.limit(gateway=1)
    with pytest.raises(Wait) as later:
        await workers.of().statuses()
    assert 0 < later.value.until - system_clock() <= 4000 * 1.3 * 1.3
    assert 2 <= workers.calls["429"] <= 3


async def test_a_reason_nobody_documents_slows_what_it_answered(workers: Workers) -> None:
    """Some that Jira gives are in no document: the endpoint waits as it says, nothing else does."""
    fault = Fault(status=429, path="/rest/api/3/status", retry_after=60, reason="jira-cost-based")
    workers.twin.site.faults.add(fault)
    with pytest.raises(Wait):
        await workers.of().statuses()
    await workers.all_wait(59_000)
    assert await workers.of().issues(["1"]) == []


async def test_what_concerns_one_issue_stops_nobody_else(workers: Workers) -> None:
    """Only writes are limited by the issue, and nothing writes: were it said, it stops one call."""
    fault = Fault(status=429, path=BULK, retry_after=60, reason="jira-per-issue-on-write")
    workers.twin.site.faults.add(fault)
    with pytest.raises(Wait) as later:
        await workers.of().issues(["1"])
    assert later.value.until - system_clock() > 59_000
    assert await workers.of("ahead").issues(["1"]) == []


async def test_backfills_leave_the_last_fifth_of_the_points(workers: Workers) -> None:
    """What a quota has left is told: from then on backfills wait, and what is sooner goes on."""
    workers.limit(tenant_points=40, app_points=1000, beta=True)
    for _ in range(33):
        await workers.of(lane=Lane.INTERACTIVE).issues(["1"])
    with pytest.raises(Wait) as later:
        await workers.of().issues(["1"])
    assert later.value.until - system_clock() > QUARTERS_LEFT_MS - 3000
    for lane in (Lane.DELTA, Lane.REFRESH, Lane.INTERACTIVE):
        assert await workers.of(lane=lane).issues(["1"]) == []
    assert workers.calls == {"200": 36}


async def test_without_redis_sites_are_asked_slowly(workers: Workers) -> None:
    """Neither not at all nor at will: each endpoint once a second by each process."""
    async with Redis.from_url("redis://127.0.0.1:1", retry=Retry(NoBackoff(), 0)) as nowhere:
        source = workers.by(Budget(Buckets(nowhere), system_clock))
        began = asyncio.get_running_loop().time()
        asked = [source.statuses() for _ in range(5)]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert asyncio.get_running_loop().time() - began >= 1
        # At once, after a second, after two; the others are put down.
        assert [isinstance(each, Wait) for each in answers] == [False] * 3 + [True] * 2
        assert workers.calls == {"200": 3}
        workers.twin.site.faults.add(Fault(status=429, path=BULK, retry_after=60))
        for _ in range(2):
            with pytest.raises(Wait) as later:
                await source.issues(["1"])
            assert later.value.until - system_clock() > 59_000
        assert workers.calls == {"200": 3, "429": 1}
