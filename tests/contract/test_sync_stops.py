"""Stops of connections: kept with what stops them, told of once each, gone where it is mended."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from pydantic import SecretStr

from services.chassis.mongo import Database, Session, connect, in_transaction
from services.chassis.settings import Mongo
from services.kernel.audit import Actor, event
from services.kernel.connection import ConnectionStanding, Source
from services.kernel.ids import UserId
from services.kernel.stop import Cause, Stop
from services.sync.store import erasing, holds, runs
from services.sync.store.claims import Claim
from services.sync.store.connections import Connection, ConnectionStore
from services.sync.store.database import CONNECTIONS, JOBS
from services.sync.store.erasing import ErasingStore
from services.sync.store.job_documents import document_of
from services.sync.store.stops import StopStore
from tests.contract.run_store import NEEDS_CREDENTIALS, NOW, job_of, swept
from tests.contract.test_sync_holds import HoldsInMongo, synced
from tests.rpc.sync_stored import everything

LATER = NOW + 60_000


class Place:
    """A connection that was collected once, with another job of it under way."""

    claim: Claim

    def __init__(self, database: Database) -> None:
        self.database = database
        self.store = HoldsInMongo(database)
        self.stops = StopStore(database)
        self.connections = ConnectionStore(database)

    async def begin(self) -> "Place":
        await self.next_job(await synced(self.store), "second")
        return self

    async def next_job(self, connection: Connection, name: str) -> None:
        job = job_of(connection, name)
        await self.database[JOBS].insert_one(document_of(job))
        active = {"$set": {"active_job": job.job_id}}
        await self.database[CONNECTIONS].update_one({"_id": connection.connection_id}, active)
        self.claim = await swept(self.store, connection)

    @property
    def connection(self) -> Connection:
        return self.claim.connection

    async def own(self) -> dict[str, Any]:
        found = await self.database[CONNECTIONS].find_one({"_id": self.connection.connection_id})
        assert found is not None
        return found

    async def as_it_is(self) -> Connection:
        found = await self.connections.get(self.connection.connection_id)
        assert found is not None
        return found

    async def untold(self) -> list[Stop]:
        return await self.stops.waiting(most=10)

    async def mend(self) -> None:
        await self.connections.give_credential(self.connection, "a@example.com", b"other")


async def refused_in_a_job(place: Place) -> None:
    await place.store.fail(place.claim, LATER, NEEDS_CREDENTIALS)


async def refused_in_a_refresh(place: Place) -> None:
    hold = await place.store.hold(place.connection.connection_id)
    assert hold is not None
    await place.store.refuse(hold, LATER)


async def erased(place: Place) -> None:
    actor = Actor(UserId("usr_1"), place.connection.state.workspace_id)
    taken = event(actor, "connection.update", now=LATER)
    await ErasingStore(place.database).take_credential(place.connection.connection_id, taken)


WAYS: dict[str, tuple[Callable[[Place], Awaitable[None]], Cause]] = {
    "a job": (refused_in_a_job, Cause.REFUSED),
    "a refresh": (refused_in_a_refresh, Cause.REFUSED),
    "an erasure": (erased, Cause.ERASED),
}


@pytest.fixture
async def place(mongo_url: str, mongo_database: str) -> AsyncIterator[Place]:
    settings = Mongo(url=SecretStr(mongo_url), database=mongo_database)
    async with connect(settings) as database:
        yield await Place(database).begin()


@pytest.mark.parametrize("way", WAYS)
async def test_a_stop_waits_to_be_told(place: Place, way: str) -> None:
    """Once, however the connection stops, with what it is called by then, and no secret."""
    stops, cause = WAYS[way]
    assert await place.untold() == []
    await stops(place)
    await place.connections.rename(place.connection, "other")
    [stop] = await place.untold()
    state = place.connection.state
    assert stop == Stop(
        stop.stop_id,
        state.workspace_id,
        state.connection_id,
        "other",
        Source.JIRA_CLOUD,
        cause,
        LATER,
    )
    await place.stops.delivered([stop])
    assert await place.untold() == []


@pytest.mark.parametrize("way", WAYS)
async def test_all_of_it_or_nothing(
    place: Place, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """A connection that stops without its stop, or the other way round, is never there."""

    class Broken(Exception):
        """What broke off a transaction."""

    async def breaks_off(database: Database, work: Callable[[Session], Awaitable[Any]]) -> None:
        async def breaks(session: Session) -> None:
            await work(session)
            raise Broken

        await in_transaction(database, breaks)

    hold = await place.store.hold(place.connection.connection_id)
    assert hold is not None
    place.claim = replace(place.claim, epoch=hold.epoch)
    acts = {
        "a job": lambda: refused_in_a_job(place),
        "a refresh": lambda: place.store.refuse(hold, LATER),
        "an erasure": lambda: erased(place),
    }
    before = await everything(place.database)
    for module in (runs, holds, erasing):
        monkeypatch.setattr(module, "in_transaction", breaks_off)
    with pytest.raises(Broken):
        await acts[way]()
    assert await everything(place.database) == before


async def test_what_stands_still_stops_no_more(place: Place) -> None:
    """Refused in a refresh, then in the job that was waiting, then erased: it is one stop."""
    await refused_in_a_refresh(place)
    [first] = await place.untold()
    claim = await place.store.claim(place.connection.connection_id, LATER)
    assert claim is not None
    await place.store.fail(claim, LATER + 1, NEEDS_CREDENTIALS)
    await erased(place)
    assert await place.untold() == [first]
    await place.stops.delivered([first])
    await erased(place)
    assert await place.untold() == []


async def test_a_mended_connection_is_told_of_no_more(place: Place) -> None:
    """And is due now; once it stops again it is another stop, that an old delivery leaves."""
    await refused_in_a_job(place)
    [first] = await place.untold()
    await place.mend()
    assert await place.untold() == []
    assert (await place.own())["delta_due"] == 0
    await place.next_job(await place.as_it_is(), "third")
    await refused_in_a_job(place)
    await place.stops.delivered([first])
    [second] = await place.untold()
    assert second.stop_id != first.stop_id


async def test_a_credential_that_works_after_all(place: Place) -> None:
    """A site that refused it for a while: the job that was waiting mends the connection."""
    await refused_in_a_refresh(place)
    claim = await place.store.claim(place.connection.connection_id, LATER)
    assert claim is not None
    await place.store.succeed(claim, LATER + 1, LATER, moved=False)
    assert (await place.store.state(place.connection)).standing is ConnectionStanding.ACTIVE
    assert await place.untold() == []
    await place.next_job(place.connection, "third")
    await refused_in_a_job(place)
    assert len(await place.untold()) == 1


async def test_another_credential_for_one_that_works(place: Place) -> None:
    """It goes on being due as it was."""
    before = (await place.own()).get("delta_due")
    await place.mend()
    assert (await place.own()).get("delta_due") == before


async def test_of_a_deleted_connection_nobody_is_told(place: Place) -> None:
    await refused_in_a_job(place)
    await place.store.delete(place.connection)
    assert await place.untold() == []
