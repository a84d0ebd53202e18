"""No change of a connection is kept without its event, nor the event without the change."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import replace

import pytest
from pydantic import SecretStr

from services.chassis.mongo import Database, Session, connect
from services.chassis.settings import Mongo
from services.kernel.audit import Actor, AuditEvent, event
from services.kernel.connection import ConnectionStanding, ConnectionState, Source
from services.kernel.ids import ConnectionId, UserId, WorkspaceId
from services.sync.domain.selection import Selection
from services.sync.store import connections, erasing
from services.sync.store.connections import Connection, ConnectionStore
from services.sync.store.erasing import ErasingStore
from services.sync.store.outbox import note_events
from tests.rpc.sync_stored import everything

WORKSPACE = WorkspaceId("wsp_1")
TOLD = event(Actor(UserId("usr_1"), WORKSPACE), "connection.update", now=1)
STATE = ConnectionState(
    ConnectionId("con_1"),
    WORKSPACE,
    "site",
    Source.JIRA_CLOUD,
    "https://site.example",
    ConnectionStanding.NEW,
)
KEPT = Connection(STATE, "ann@example.com", b"sealed", Selection(), 1)
OTHER = replace(KEPT, state=replace(STATE, connection_id=ConnectionId("con_2"), name="second"))
Change = Callable[[Database, AuditEvent], Awaitable[None]]
CHANGES: dict[str, Change] = {
    "add": lambda database, told: ConnectionStore(database).add(OTHER, told),
    "rename": lambda database, told: ConnectionStore(database).rename(KEPT, "other", told),
    "give_credential": lambda database, told: ConnectionStore(database).give_credential(
        KEPT, "eve@example.com", b"another", told
    ),
    "forget": lambda database, told: ConnectionStore(database).forget(KEPT, told),
    "take_credential": lambda database, told: ErasingStore(database).take_credential(
        KEPT.connection_id, told
    ),
}


class Broken(Exception):
    """The outbox takes nothing."""


@pytest.fixture
async def database(mongo_url: str, mongo_database: str) -> AsyncIterator[Database]:
    settings = Mongo(url=SecretStr(mongo_url), database=mongo_database)
    async with connect(settings) as opened:
        await ConnectionStore(opened).add(KEPT)
        yield opened


@pytest.mark.parametrize("name", CHANGES)
async def test_a_change_whose_event_cannot_be_kept_is_not_made(
    database: Database, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """As if it had never been asked for."""

    async def breaks(*_: object) -> None:
        raise Broken

    before = await everything(database)
    for module in (connections, erasing):
        monkeypatch.setattr(module, "note_events", breaks)
    with pytest.raises(Broken):
        await CHANGES[name](database, TOLD)
    assert await everything(database) == before


@pytest.mark.parametrize("name", CHANGES)
async def test_a_change_that_fails_at_last_leaves_no_event(
    database: Database, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The event is written within the change's transaction, and goes when that does."""

    async def breaks_after(
        database: Database, events: Iterable[AuditEvent], session: Session
    ) -> None:
        await note_events(database, events, session)
        raise Broken

    before = await everything(database)
    for module in (connections, erasing):
        monkeypatch.setattr(module, "note_events", breaks_after)
    with pytest.raises(Broken):
        await CHANGES[name](database, TOLD)
    assert await everything(database) == before


@pytest.mark.parametrize("name", CHANGES)
async def test_a_change_leaves_its_event(database: Database, name: str) -> None:
    """Once."""
    await CHANGES[name](database, TOLD)
    assert [one["_id"] for one in (await everything(database))["audit_outbox"]] == [TOLD.event_id]
