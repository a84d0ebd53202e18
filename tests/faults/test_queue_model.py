"""Whatever is done to the queue in whatever order, it is where a simple model of it is (Q3).

The server is real; the time is the test's own. What waits in lanes is in test_sync_lanes.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest
from bullmq import Job
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from services.kernel.ids import ConnectionId
from services.sync import queue
from services.sync.domain.lanes import Lane
from services.sync.queue import PutBack, TryAgain
from services.sync.queue_time import queue_time
from services.sync.taking import Taker
from tests.faults.queue_parts import Line, connections, line

NOON = 1_700_000_000_000
ATTEMPTS, DEATHS = 3, 2
JITTER = 0.5
NAMES = connections(4)
CHOSEN = st.sampled_from(NAMES)
SOON = st.integers(-1000, 4000)
WAITS, RUNS, DEAD = "waits", "runs", "dead"


@dataclass
class Modelled:
    """What is known of a connection that is in the queue."""

    state: str | int = WAITS  # or the instant until which it is put off
    follows: bool = False
    spent: int = 0
    deaths: int = 0
    begun: bool = True  # since the last death that counted; the first always counts


class Killed(BaseException):
    """What a worker does not survive: nothing is said to the queue."""


class Model(RuleBasedStateMachine):
    """The queue beside its model."""

    url = ""

    def __init__(self) -> None:
        super().__init__()
        self.known: dict[ConnectionId, Modelled] = {}
        self.failed = 0
        self.now = NOON
        self.running: dict[ConnectionId, tuple[Job, str]] = {}
        self.outcome: BaseException | None = None
        self.handled: list[tuple[ConnectionId, int]] = []
        self.tokens = 0
        self.runner = asyncio.Runner()
        self.do = self.runner.run
        self.line: Line
        self.do(self._open())

    async def _open(self) -> None:
        self._line = line(self.url)
        self.line = await self._line.__aenter__()
        self._time = queue_time(self._ask, lambda: self.now)
        await self._time.__aenter__()
        self.taker: Taker = queue._taker(  # noqa: SLF001 - its steps are taken one by one here
            self.url, self._handle, clock=lambda: self.now, concurrency=1
        )

    async def _ask(self) -> int:
        return self.now

    async def _handle(self, connection_id: ConnectionId, attempt: int) -> None:
        self.handled.append((connection_id, attempt))
        if self.outcome is not None:
            raise self.outcome

    def teardown(self) -> None:
        """Close everything."""

        async def close() -> None:
            await self.taker.close()
            await self._time.__aexit__(None, None, None)
            await self._line.__aexit__(None, None, None)

        self.do(close())
        self.runner.close()

    @rule(connection_id=CHOSEN)
    def put(self, connection_id: ConnectionId) -> None:
        """Put: once, however often; what runs is followed."""
        self.do(self.line.jobs.put(connection_id, Lane.DELTA))
        modelled = self.known.setdefault(connection_id, Modelled())
        modelled.follows |= modelled.state in {RUNS, DEAD}

    @rule()
    def take(self) -> None:
        """Take: one whose time has come, if there is any."""
        self.tokens += 1
        token = f"token:{self.tokens}"
        job = self.do(self.taker.moveToActive(token))
        for modelled in self.known.values():
            if isinstance(modelled.state, int) and modelled.state <= self.now:
                modelled.state = WAITS
        due = {name for name, modelled in self.known.items() if modelled.state == WAITS}
        assert (job is not None) == bool(due)
        if job is None:
            return
        name = ConnectionId(job.data["connection_id"])
        assert name in due
        self.known[name].state = RUNS
        self.running[name] = (job, token)
        if self.known[name].deaths >= DEATHS:
            self._end(name, None)
            assert (name, 1) not in self.handled
            self._leaves(name, failed=True)

    def _end(self, name: ConnectionId, outcome: BaseException | None) -> None:
        """Let it run and end."""
        self.handled.clear()
        self.outcome = outcome
        job, token = self.running.pop(name)
        self.do(self.taker.processJob(job, token))
        self.known[name].begun = True

    def _leaves(self, name: ConnectionId, *, failed: bool) -> None:
        follows = self.known.pop(name).follows
        if follows:
            self.known[name] = Modelled()
        self.failed += failed

    def _ran(self, name: ConnectionId) -> bool:
        return name in self.running

    @rule(name=CHOSEN)
    def succeed(self, name: ConnectionId) -> None:
        """End it well: what follows it waits."""
        if self._ran(name):
            self._end(name, None)
            assert self.handled == [(name, self.known[name].spent + 1)]
            self._leaves(name, failed=False)

    @rule()
    def followed(self) -> None:
        """Put what runs once more, and end it well."""
        for name in list(self.running)[:1]:
            self.put(name)
            self.succeed(name)

    @rule(name=CHOSEN, wait=SOON)
    def put_back(self, name: ConnectionId, wait: int) -> None:
        """Put it back: no attempt is spent, and it is not due before."""
        if self._ran(name):
            self._end(name, PutBack(self.now + wait))
            assert self.handled == [(name, self.known[name].spent + 1)]
            self.known[name].state = self.now + wait if wait > 0 else WAITS

    @rule(name=CHOSEN)
    def fail(self, name: ConnectionId) -> None:
        """Let it fail: it is due again after a wait that doubles, as often as it may."""
        if self._ran(name):
            self._end(name, TryAgain("again"))
            modelled = self.known[name]
            modelled.spent += 1
            wait = queue.FIRST_RETRY_MILLISECONDS * 2 ** (modelled.spent - 1) * (1 + 0.3 * JITTER)
            modelled.state = self.now + int(wait)
            if modelled.spent == ATTEMPTS:
                self._leaves(name, failed=True)

    @rule(name=CHOSEN, begun=st.booleans())
    def die(self, name: ConnectionId, *, begun: bool) -> None:
        """Let its worker die, as it had begun or before: its lock lapses, and nothing else."""
        if not self._ran(name):
            return
        job, _ = self.running[name]
        with suppress(Killed):
            if begun:
                self._end(name, Killed())
        self.running.pop(name, None)
        self.do(self._lapse(job))
        self.known[name].begun |= begun
        self.known[name].state = DEAD

    async def _lapse(self, job: Job) -> None:
        await self.line.redis.delete(f"bull:sync:{job.id}:lock")

    @rule()
    def notice(self) -> None:
        """Look for the dead: they wait, and nobody else; twice, because the first look marks."""
        for _ in range(2):
            self.do(self._look())
        for modelled in self.known.values():
            if modelled.state == DEAD:
                modelled.state, modelled.deaths = WAITS, modelled.deaths + modelled.begun
                modelled.begun = False

    async def _look(self) -> None:
        await self.line.redis.delete("bull:sync:stalled-check")
        await self.taker.runStalledJobsCheck()

    @rule(wait=st.integers(1, 5000))
    def wait(self, wait: int) -> None:
        """Let time go by."""
        self.now += wait

    @invariant()
    def everything_is_where_it_is_modelled(self) -> None:
        """Nothing is lost, and nothing is there twice."""
        found: dict[str, int] = self.do(self.line.counts())
        states = [modelled.state for modelled in self.known.values()]
        expected: dict[str, Any] = {
            "active": sum(state in {RUNS, DEAD} for state in states),
            "delayed": sum(isinstance(state, int) for state in states),
            "failed": self.failed,
        }
        waiting = found.pop("wait", 0) + found.pop("prioritized", 0)
        assert waiting == states.count(WAITS)
        assert found == {place: amount for place, amount in expected.items() if amount}


def test_the_queue_is_where_its_model_is(queue_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put, taken, ended well or badly, put back, killed, noticed: in forty orders."""
    monkeypatch.setattr(queue, "ATTEMPTS", ATTEMPTS)
    monkeypatch.setattr(queue, "DEATHS", DEATHS)
    monkeypatch.setattr(queue, "LOCK_MILLISECONDS", 600_000)
    monkeypatch.setattr("services.sync.queue.random.random", lambda: JITTER)
    monkeypatch.setattr(Model, "url", f"{queue_url.removesuffix('/0')}/15")
    run_state_machine_as_test(
        Model,
        settings=settings(
            max_examples=40,
            stateful_step_count=40,
            deadline=None,
            derandomize=True,
            database=None,
            # A shorter order would take minutes to find: each step is taken on a real server.
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )
