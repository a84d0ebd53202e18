"""What the process holds: states for seconds, snapshots by bytes; and how it hears of news."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from redis.asyncio import Redis

from services.analytics.domain.question import Subject
from services.analytics.news import CHANNEL, following
from services.analytics.snapshots import Snapshots
from services.analytics.states import States, subject_of
from services.kernel.connection import ConnectionStanding, ConnectionState, Source
from services.kernel.documents import Document, document_of_issue
from services.kernel.errors import StoreUnavailable
from services.kernel.ids import ConnectionId, TenantScope, WorkspaceId
from services.kernel.issue import Issue
from services.kernel.site_account import SiteAccount
from services.kernel.workflow import Category, Status
from tests.stores import free_port, valkey
from tests.unit.analytics_histories import WORKFLOW, issue, move

WORKSPACE = WorkspaceId("wsp_1")


def state(connection: str = "con_1", **values: int) -> ConnectionState:
    whole = ConnectionState(
        ConnectionId(connection),
        WORKSPACE,
        connection,
        Source.JIRA_CLOUD,
        "https://site.example",
        ConnectionStanding.ACTIVE,
        statuses=WORKFLOW.statuses,
    )
    return replace(whole, **values)  # type: ignore[arg-type] # counts only


class States1:
    """A store of one state, which counts and waits."""

    def __init__(self) -> None:
        self.state = state()
        self.reads = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.away = False

    async def states_of(self, workspace_id: WorkspaceId) -> tuple[ConnectionState, ...]:
        self.reads += 1
        seen = self.state
        await self.gate.wait()
        if self.away:
            raise StoreUnavailable
        return (seen,)


async def revision(states: States) -> int:
    return (await states.of_workspace(WORKSPACE, ""))[0].state.revision


async def test_states_are_held_for_seconds_only() -> None:
    """Within the time one read serves all; after it there is another."""
    store = States1()
    states = States(store, hold_seconds=0.05)
    await asyncio.gather(*(revision(states) for _ in range(100)))
    assert store.reads == 1
    await asyncio.sleep(0.06)
    store.state = state(revision=1)
    assert await revision(states) == 1


async def test_news_overtakes_a_reading_under_way() -> None:
    """A read that began before the news may have missed it: it is not held."""
    store = States1()
    states = States(store, hold_seconds=60)
    store.gate.clear()
    before = asyncio.create_task(revision(states))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    store.state = state(revision=1)
    states.forget(WORKSPACE)
    after = asyncio.create_task(revision(states))
    await asyncio.sleep(0)
    store.gate.set()
    assert (await before, await after) == (0, 1)
    assert await revision(states) == 1
    assert store.reads == 2


async def test_a_connection_made_a_moment_ago_is_found() -> None:
    """What is held is read again where it lacks what is wanted, and only then."""
    store = States1()
    states = States(store, hold_seconds=60)
    await states.of_workspace(WORKSPACE, "con_1")
    store.state = state("con_2")
    (held,) = await states.of_workspace(WORKSPACE, "con_1")
    assert (held.state.connection_id, store.reads) == ("con_1", 1)
    (found,) = await states.of_workspace(WORKSPACE, "con_2")
    assert (found.state.connection_id, store.reads) == ("con_2", 2)


async def test_a_failed_reading_is_tried_again() -> None:
    """A store that was away for a moment is asked again by the next."""
    store = States1()
    store.away = True
    states = States(store)
    with pytest.raises(StoreUnavailable):
        await revision(states)
    store.away = False
    assert await revision(states) == 0


async def _until(condition: Callable[[], Awaitable[bool]]) -> None:
    for _ in range(1000):
        if await condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("not within ten seconds")


async def test_news_is_heard_across_a_restart_of_redis() -> None:
    """Announced revisions show at once; what was missed while Redis was away shows with it."""
    store, port = States1(), free_port()
    states = States(store, hold_seconds=3600)

    async def is_heard() -> bool:
        return bool((await redis.pubsub_numsub(CHANNEL))[0][1])

    async def is_seen() -> bool:
        return await revision(states) == store.state.revision

    redis = Redis.from_url(f"redis://127.0.0.1:{port}/0", socket_timeout=0.1)
    async with redis, following(redis, states):
        async with valkey("cache", port=port):
            await _until(is_heard)
            assert await is_seen()
            store.state = state(revision=1)
            assert not await is_seen()
            await redis.publish(CHANNEL, b"no news at all")
            await redis.publish(CHANNEL, json.dumps({"workspace_id": WORKSPACE}))
            await _until(is_seen)
        store.state = state(revision=2)
        assert not await is_seen()
        async with valkey("cache", port=port):
            await _until(is_seen)


class Issues:
    """A store of pages of issues; remembers what it was asked."""

    def __init__(self) -> None:
        self.documents: list[Document] = []
        self.accounts: list[tuple[int, SiteAccount]] = []
        self.asked: list[tuple[str, int]] = []

    def write(self, seq: int, *issues: Issue, connection: str = "con_1") -> None:
        scope = TenantScope(WORKSPACE, ConnectionId(connection))
        self.documents += [{**document_of_issue(one, scope), "seq": seq} for one in issues]

    async def issues_since(self, scope: TenantScope, seq: int) -> AsyncIterator[Sequence[Document]]:
        self.asked.append((scope.connection_id, seq))
        for document in self.documents:
            if document["connection_id"] == scope.connection_id and document["seq"] > seq:
                yield [document]

    async def accounts_since(self, scope: TenantScope, seq: int) -> list[SiteAccount]:
        return [one for written, one in self.accounts if written > seq]


@pytest.fixture
def pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1)


def subject(connection: str = "con_1", **values: int) -> Subject:
    return subject_of(state(connection, **values))


async def test_a_snapshot_reads_only_what_came_after_it(pool: ThreadPoolExecutor) -> None:
    """It asks from the seq of the state it was last built for, and not at all without news."""
    store = Issues()
    snapshots = Snapshots(store, pool, byte_limit=10**9)
    store.write(1, issue(issue_id="1"), issue(issue_id="2"))
    first = await snapshots.of(subject(revision=1, seq=1))
    assert await snapshots.of(subject(revision=1, seq=2)) is first
    store.write(2, issue(move(5, "1", "3"), issue_id="2"), issue(issue_id="3"))
    second = await snapshots.of(subject(revision=2, seq=2))
    assert store.asked == [("con_1", 0), ("con_1", 1)]
    assert second.issues.filter("counted")["issue_id"].sort().to_list() == ["1", "2", "3"]


async def test_what_was_written_meanwhile_is_read_again(pool: ThreadPoolExecutor) -> None:
    """A page seen beyond the state's seq may have been seen in part: the seq stays the state's."""
    store = Issues()
    snapshots = Snapshots(store, pool, byte_limit=10**9)
    store.write(1, issue(issue_id="1"))
    store.write(2, issue(issue_id="2"))
    await snapshots.of(subject(revision=1, seq=1))
    store.write(2, issue(issue_id="3"))
    snapshot = await snapshots.of(subject(revision=2, seq=2))
    assert store.asked == [("con_1", 0), ("con_1", 1)]
    assert snapshot.issues.filter("counted").height == 3


async def test_many_who_ask_load_once(pool: ThreadPoolExecutor) -> None:
    """Questions that differ share the load of their connection."""
    store = Issues()
    snapshots = Snapshots(store, pool, byte_limit=10**9)
    store.write(1, issue())
    found = await asyncio.gather(*(snapshots.of(subject(revision=1, seq=1)) for _ in range(50)))
    assert len(store.asked) == 1
    assert len({id(snapshot) for snapshot in found}) == 1


async def test_a_changed_mapping_shows_without_a_changed_issue(pool: ThreadPoolExecutor) -> None:
    """A status that turns into a done one makes its items done."""
    store = Issues()
    snapshots = Snapshots(store, pool, byte_limit=10**9)
    store.write(1, issue(move(5, "1", "3")))
    one = subject(revision=1, seq=1)
    assert (await snapshots.of(one)).issues["done_from"][0] > 10**9
    done = {**WORKFLOW.statuses, "3": Status("3", "S3", Category.DONE)}
    other = subject_of(replace(one.state, statuses=done))
    assert (await snapshots.of(other)).issues["done_from"][0] == 5


async def test_the_least_recently_asked_is_dropped(pool: ThreadPoolExecutor) -> None:
    """Within so many bytes; what was asked last stays, however large it is."""
    store = Issues()
    for name in ("con_1", "con_2", "con_3"):
        store.write(1, issue(), connection=name)
    large = Snapshots(store, pool, byte_limit=10**9)
    size = (await large.of(subject("con_1", revision=1, seq=1))).byte_count
    store.asked.clear()
    snapshots = Snapshots(store, pool, byte_limit=2 * size)
    for name in ("con_1", "con_2", "con_1", "con_3", "con_1", "con_2"):
        await snapshots.of(subject(name, revision=1, seq=1))
    assert [name for name, _ in store.asked] == ["con_1", "con_2", "con_3", "con_2"]
    tiny = Snapshots(store, pool, byte_limit=1)
    assert (await tiny.of(subject("con_1", revision=1, seq=1))).issues.height == 1
    store.asked.clear()
    await tiny.of(subject("con_1", revision=1, seq=1))
    assert store.asked == []
