"""The layers of answers: who asks whom, how often, and what is never shared."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisAway

from services.analytics.answers import Answer
from services.analytics.answers.in_process import OVERHEAD, InProcess
from services.analytics.answers.in_redis import LARGEST_BODY, REST_SECONDS, Breaker, InRedis
from services.analytics.answers.single_flight import SingleFlight
from services.analytics.asking import Asking, key_of
from services.analytics.domain.question import Asked, Question, Report, Subject
from services.analytics.states import subject_of
from services.chassis import deadline
from services.kernel.connection import ConnectionStanding, ConnectionState, Source
from services.kernel.errors import ConnectionAmbiguous, ConnectionNotSynced, NotFound
from services.kernel.ids import ConnectionId, WorkspaceId
from services.kernel.period import Period
from services.kernel.workflow import Category, Status


def state(workspace: str = "wsp_1", **values: Any) -> ConnectionState:
    whole = ConnectionState(
        ConnectionId("con_1"),
        WorkspaceId(workspace),
        "blue",
        Source.JIRA_CLOUD,
        "https://site.example",
        ConnectionStanding.ACTIVE,
        revision=3,
        issue_count=1,
    )
    return replace(whole, **values)


def question(digest: str = "d", report: Report = Report.WORKLOAD, connection: str = "") -> Question:
    return Question(report, connection, Period(0, 1), 1, "UTC", (), (), digest)


def asked(key: str = "k") -> Asked:
    return Asked(subject_of(state()), question(), key)


class Computing:
    """The innermost layer; counts, waits if told to, and fails if told to."""

    def __init__(self, body: bytes = b"body") -> None:
        self.body = body
        self.times = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.failure: Exception | None = None
        self.seconds_left = 0.0

    async def answer(self, asked: Asked) -> Answer:
        self.times += 1
        self.seconds_left = deadline.remaining(1000)
        await self.gate.wait()
        if self.failure is not None:
            raise self.failure
        return Answer(self.body, cached=False)


async def test_a_thousand_misses_are_one_computation() -> None:
    """All who ask the same at the same time share one flight."""
    inner = Computing()
    inner.gate.clear()
    flight = SingleFlight(inner)
    waiting = [asyncio.create_task(flight.answer(asked())) for _ in range(1000)]
    await asyncio.sleep(0)
    inner.gate.set()
    answers = await asyncio.gather(*waiting)
    assert inner.times == 1
    assert {answer.body for answer in answers} == {b"body"}


async def test_a_leader_who_hangs_up_cancels_nobody() -> None:
    """The flight goes on for those who joined it."""
    inner = Computing()
    inner.gate.clear()
    flight = SingleFlight(inner)
    leader = asyncio.create_task(flight.answer(asked()))
    await asyncio.sleep(0)
    joined = asyncio.create_task(flight.answer(asked()))
    await asyncio.sleep(0)
    leader.cancel()
    await asyncio.sleep(0)
    inner.gate.set()
    assert (await joined).body == b"body"
    assert leader.cancelled()
    assert inner.times == 1


async def test_a_flight_has_nobodys_deadline() -> None:
    """A hasty leader does not make the others' answer fail."""
    inner = Computing()
    flight = SingleFlight(inner)
    deadline.begin(0.01)
    await flight.answer(asked())
    assert inner.seconds_left == 1000


async def test_a_failure_is_not_kept() -> None:
    """Who asks after a failure asks anew."""
    inner = Computing()
    inner.failure = NotFound("connection")
    answers = InProcess(SingleFlight(inner), byte_limit=10_000)
    with pytest.raises(NotFound):
        await answers.answer(asked())
    inner.failure = None
    assert await answers.answer(asked()) == Answer(b"body", cached=False)
    assert inner.times == 2


async def test_in_process_keeps_the_last_asked_within_its_bytes() -> None:
    """The least recently asked goes first; an answer that is too large is not kept at all."""
    inner = Computing()
    answers = InProcess(inner, byte_limit=2 * (OVERHEAD + 4))
    for key in ("a", "b", "a", "c"):
        await answers.answer(asked(key))
    assert inner.times == 3
    assert (await answers.answer(asked("a"))).cached
    assert not (await answers.answer(asked("b"))).cached
    inner.body = bytes(5000)
    assert not (await answers.answer(asked("large"))).cached
    assert not (await answers.answer(asked("large"))).cached


class Away:
    """A Redis that is not there."""

    def __init__(self) -> None:
        self.calls = 0

    async def get(self, key: str) -> bytes:
        self.calls += 1
        raise RedisAway("refused")


async def test_redis_away_is_no_error_and_costs_one_try() -> None:
    """After one failure Redis is left alone for a while, then tried again."""
    now, away, inner = [0.0], Away(), Computing()
    answers: Any = InRedis(inner, away, ttl_seconds=9, breaker=Breaker(lambda: now[0]))  # type: ignore[arg-type] # as much of a client as is used
    for _ in range(5):
        assert (await answers.answer(asked())).body == b"body"
    assert away.calls == 1
    now[0] = REST_SECONDS + 1
    await answers.answer(asked())
    assert away.calls == 2


async def test_redis_answers_other_processes(cache_url: str) -> None:
    """What one process computed another reads; each entry ends by itself."""
    inner = Computing(b"\x08\x00binary")
    async with Redis.from_url(cache_url) as redis:
        await redis.flushdb()
        assert not (await InRedis(inner, redis, ttl_seconds=60).answer(asked("key-1"))).cached
        other = InRedis(Computing(b"other"), redis, ttl_seconds=60)
        assert await other.answer(asked("key-1")) == Answer(b"\x08\x00binary", cached=True)
        assert 0 < await redis.ttl("key-1") <= 60
        inner.body = bytes(LARGEST_BODY + 1)
        await InRedis(inner, redis, ttl_seconds=60).answer(asked("large"))
        assert not await redis.exists("large")


def test_a_key_tells_apart_all_that_an_answer_depends_on() -> None:
    """Workspace, connection, revision, mapping, report and question: one differs, the key does."""
    named = {"1": Status("1", "Open", Category.NEW)}
    renamed = {"1": Status("1", "Offen", Category.NEW)}
    keys = [
        key_of(subject_of(state()), question()),
        key_of(subject_of(state(workspace="wsp_2")), question()),
        key_of(subject_of(state(connection_id=ConnectionId("con_2"))), question()),
        key_of(subject_of(state(revision=4)), question()),
        key_of(subject_of(state(statuses=named)), question()),
        key_of(subject_of(state(statuses=renamed)), question()),
        key_of(subject_of(state()), question(report=Report.BOTTLENECKS)),
        key_of(subject_of(state()), question(digest="e")),
    ]
    assert len(set(keys)) == len(keys)


def test_a_key_is_the_same_for_the_same() -> None:
    """How complete the data is, or how the connection stands, changes no figure: it is live."""
    other = state(seq=99, complete_until=7, standing=ConnectionStanding.NEEDS_CREDENTIALS)
    assert key_of(subject_of(state()), question()) == key_of(subject_of(other), question())


async def test_an_entry_of_another_workspace_is_never_read(cache_url: str) -> None:
    """The same ids in another workspace: what stands under its key is not ours."""
    theirs, ours = (subject_of(state(workspace)) for workspace in ("wsp_2", "wsp_1"))
    async with Redis.from_url(cache_url) as redis:
        await redis.set(key_of(theirs, question()), b"poison")
        inner = Computing(b"ours")
        layers = InProcess(SingleFlight(InRedis(inner, redis, ttl_seconds=9)), byte_limit=10_000)
        asking = Asking(Fixed(ours), layers)
        _, answer = await asking.ask(question(), WorkspaceId("wsp_1"))
    assert answer == Answer(b"ours", cached=False)


class Fixed:
    """The same connections for every workspace."""

    def __init__(self, *subjects: Subject) -> None:
        self.subjects = subjects

    async def of_workspace(self, workspace_id: WorkspaceId, wanted: str) -> tuple[Subject, ...]:
        return self.subjects


async def asked_of(*subjects: Subject, connection: str = "") -> Asked:
    one, _ = await Asking(Fixed(*subjects), Computing()).ask(
        question(connection=connection), WorkspaceId("wsp_1")
    )
    return one


async def test_which_connection() -> None:
    """Left out: the only one. Otherwise by id or name."""
    blue = subject_of(state())
    red = subject_of(state(connection_id=ConnectionId("con_2"), name="red"))
    assert (await asked_of(blue)).subject is blue
    assert (await asked_of(blue, red, connection="red")).subject is red
    assert (await asked_of(blue, red, connection="con_1")).subject is blue
    with pytest.raises(ConnectionAmbiguous, match="blue, red"):
        await asked_of(blue, red)
    with pytest.raises(NotFound):
        await asked_of(blue, red, connection="green")
    with pytest.raises(NotFound):
        await asked_of()


async def test_never_synced() -> None:
    """Nothing stored yet is said so; an empty site that was synced is not the same."""
    with pytest.raises(ConnectionNotSynced):
        await asked_of(subject_of(state(revision=0, issue_count=0)))
    await asked_of(subject_of(state(revision=0, issue_count=0, complete_until=1)))
