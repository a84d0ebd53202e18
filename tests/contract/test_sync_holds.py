"""What stores must hold of connections that are taken without a job: the real one, and the fake."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

import pytest
import pytest_asyncio
from pydantic import SecretStr

from services.chassis import mongo
from services.chassis.settings import Mongo
from services.kernel.connection import ConnectionStanding
from services.kernel.ids import ConnectionId, IssueId
from services.sync.hooks.refreshing import Holds
from services.sync.store.connections import Connection
from services.sync.store.database import Superseded
from services.sync.store.holds import HoldStore
from tests.contract.reads import gives
from tests.contract.run_store import NOW, connection_named, job_of, swept
from tests.contract.run_subject import Subject
from tests.contract.test_run_store import RunsInMongo
from tests.fakes.holds_in_memory import HoldsInMemory
from tests.unit.analytics_histories import issue

ONE, TWO, SEVEN = (IssueId(each) for each in ("1", "2", "7"))


class Held(Subject, Holds, Protocol):
    """A store that holds, and what tests put in and look at."""

    async def there(self, ids: Sequence[ConnectionId]) -> Mapping[ConnectionId, bool]:
        """Tell which of some connections are there, and whether they may be held."""


class HoldsInMongo(RunsInMongo, HoldStore):
    """The real store."""

    def __init__(self, database: mongo.Database) -> None:
        RunsInMongo.__init__(self, database)
        HoldStore.__init__(self, database)


@pytest_asyncio.fixture(params=["over MongoDB", "in memory"])
async def store(
    request: pytest.FixtureRequest, mongo_url: str, mongo_database: str
) -> AsyncIterator[Held]:
    """Give an empty store."""
    if request.param == "in memory":
        yield HoldsInMemory()
        return
    settings = Mongo(url=SecretStr(mongo_url), database=mongo_database)
    async with mongo.connect(settings) as database:
        yield HoldsInMongo(database)


async def synced(store: Held, name: str = "1") -> Connection:
    """Give a connection of which issues 1 and 2 were collected."""
    connection = connection_named(name)
    await store.add(connection, job_of(connection, name))
    claim = await swept(store, connection, ["1", "2"])
    [page] = await store.undone(claim, 10)
    await store.write_page(claim, page, gives(*(issue(issue_id=one) for one in page.ids)), NOW)
    await store.succeed(claim, NOW, NOW, moved=True)
    return connection


async def test_what_may_be_held(store: Held) -> None:
    """A connection of which everything was listed, and whose credential the site takes."""
    fresh = connection_named("fresh")
    await store.add(fresh, job_of(fresh, "fresh"))
    ready = await synced(store)
    ids = [fresh.connection_id, ready.connection_id, ConnectionId("con_none")]
    assert dict(await store.there(ids)) == {ids[0]: False, ids[1]: True}
    assert [await store.hold(each) is not None for each in ids] == [False, True, False]


async def test_whoever_holds_it_is_the_one(store: Held) -> None:
    """A job's claim, or a hold before it: what they write is refused, and leaves nothing."""
    connection = await synced(store)
    first = await store.hold(connection.connection_id)
    second = await store.hold(connection.connection_id)
    assert first is not None
    assert second is not None
    assert second.epoch == first.epoch + 1
    before = await store.state(connection), await store.issues(connection)
    with pytest.raises(Superseded):
        await store.write(first, gives(issue(issue_id="7")), [ONE], NOW)
    with pytest.raises(Superseded):
        await store.refuse(first, NOW)
    assert (await store.state(connection), await store.issues(connection)) == before
    assert await store.write(second, gives(issue(issue_id="7")), [], NOW)


async def test_what_moved_is_told_in_the_same_step(store: Held) -> None:
    """Newer is stored, gone is marked, counts and revision follow; the same again moves nothing."""
    connection = await synced(store)
    before = await store.state(connection)
    hold = await store.hold(connection.connection_id)
    assert hold is not None
    newer = issue(issue_id="1", updated=issue().updated + 1)
    given = gives(newer, issue(issue_id="7"))
    assert await store.write(hold, given, [TWO, IssueId("99")], NOW + 5)
    stored, now = await store.issues(connection), await store.state(connection)
    assert {key: (one.updated, one.deleted) for key, (one, _) in stored.items()} == {
        ONE: (newer.updated, None),
        TWO: (issue().updated, NOW + 5),
        SEVEN: (issue().updated, None),
    }
    assert (now.issue_count, now.revision) == (2, before.revision + 1)
    assert (before.written, now.written) == (NOW, NOW + 5)
    assert all(before.seq < seq <= now.seq for _, seq in stored.values())
    assert not await store.write(hold, given, [TWO], NOW + 9)
    again = await store.state(connection)
    assert (again.issue_count, again.revision, again.written) == (2, now.revision, NOW + 5)
    assert again.complete_until == before.complete_until


async def test_a_refused_credential(store: Held) -> None:
    """The connection needs another; nobody holds it until then."""
    connection = await synced(store)
    before = await store.state(connection)
    hold = await store.hold(connection.connection_id)
    assert hold is not None
    await store.refuse(hold, NOW)
    now = await store.state(connection)
    refused = replace(before, standing=ConnectionStanding.NEEDS_CREDENTIALS)
    assert now == replace(refused, revision=before.revision + 1, seq=now.seq, epoch=now.epoch)
    assert await store.hold(connection.connection_id) is None
    assert dict(await store.there([connection.connection_id])) == {connection.connection_id: False}
