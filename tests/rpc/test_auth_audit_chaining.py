"""Chains over a real store: many who chain at once, months that end, ends that were forged."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from pydantic import SecretStr

from services.auth.audit.chaining import Chain
from services.auth.audit.listing import ListEvents
from services.auth.domain.audit_question import Wanted
from services.auth.keys.checkpoints import AuditKeyLost, checkpoint_keys
from services.auth.keys.signing import Vault
from services.auth.store.audit_chains import AuditChains
from services.auth.store.audit_inbox import AuditInbox
from services.auth.store.audit_keys import AuditKeyStore
from services.auth.store.audit_log import AuditLog
from services.auth.store.collections import make_indexes
from services.chassis.mongo import Database, connect
from services.chassis.settings import Mongo
from services.kernel.audit import AuditEvent
from services.kernel.ids import Instant, WorkspaceId
from tests.rpc.audit_chaining import Stored, events, require_whole
from tests.rpc.auth_service import MASTER
from tests.unit.audit_examples import BEGAN, MONTH, signer


@dataclass
class SetClock:
    """A clock that tests set."""

    now: Instant = BEGAN

    def __call__(self) -> Instant:
        return self.now


@pytest.fixture
async def database(mongo_url: str, mongo_database: str) -> AsyncIterator[Database]:
    async with connect(Mongo(url=SecretStr(mongo_url), database=mongo_database)) as opened:
        await make_indexes(opened)
        yield opened


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def chain(database: Database, clock: SetClock) -> Chain:
    return Chain(AuditChains(database), signer(), clock)


async def happen(database: Database, *happened: AuditEvent) -> None:
    await AuditInbox(database).add_once(happened)


async def waiting(database: Database) -> int:
    return await database["audit_inbox"].count_documents({})


async def test_of_many_who_chain_at_once_none_comes_in_between(
    database: Database, clock: SetClock
) -> None:
    """Six at once, while events come, some of them again: no gap, nothing twice, nothing lost."""
    chains = [Chain(AuditChains(database), signer(), clock) for _ in range(6)]
    happened: list[AuditEvent] = []
    for turn in range(12):
        fresh = [*events("wsp_1", 7, now=BEGAN + turn), *events("wsp_2", 3, now=BEGAN + turn)]
        happened += fresh
        again = happened[-14::3]
        adding = (happen(database, *fresh), happen(database, *again))
        await asyncio.gather(*adding, *(chain() for chain in chains))
    while await waiting(database):
        await asyncio.gather(*(chain() for chain in chains))
    await require_whole(database, signer().published, happened, clock)


async def test_a_segment_has_a_thousand_events_and_one_end(
    database: Database, chain: Chain, clock: SetClock
) -> None:
    """2,100 events are two segments that ended and one that goes on; all expire alike."""
    happened = events("wsp_1", 2100, now=BEGAN)
    await happen(database, *happened)
    while await chain():
        pass
    await require_whole(database, signer().published, happened, clock)
    ended = await database["audit_checkpoints"].find({}).sort("first_sequence", 1).to_list()
    assert [(one["number"], one["last_sequence"]) for one in ended] == [(1, 1000), (2, 2000)]
    rows = await database["audit"].find({"segment": f"{ended[0]['month']}.1"}).to_list()
    assert len(rows) == 1000
    assert len({row["expires_at"] for row in rows}) == 1
    indexes = await database["audit"].index_information()
    assert indexes["expires_at_1"]["expireAfterSeconds"] == 0


async def test_a_month_that_is_over_ends_its_segment(
    database: Database, chain: Chain, clock: SetClock
) -> None:
    """Also where nothing happens any more; what then happens begins another segment."""
    await happen(database, *events("wsp_1", 2, now=BEGAN))
    await chain()
    clock.now += MONTH
    await chain()
    assert await database["audit_checkpoints"].count_documents({"last_sequence": 2}) == 1
    await happen(database, *events("wsp_1", 1, now=clock.now))
    await chain()
    rows = await database["audit"].find({}).sort("sequence", 1).to_list()
    first, _, last = (row["segment"] for row in rows)
    assert first.endswith(".1")
    assert last.endswith(".1")
    assert last > first
    assert (await Stored(database, "wsp_1", signer().published, clock).verified()).whole


async def test_segments_that_have_expired_are_gone_as_a_whole(
    database: Database, chain: Chain, clock: SetClock
) -> None:
    """From one instant on none of their events is listed, and what is left verifies."""
    await happen(database, *events("wsp_1", 3, now=BEGAN))
    await chain()
    clock.now += MONTH
    await happen(database, *events("wsp_1", 2, now=clock.now))
    await chain()
    row = await database["audit"].find_one({"sequence": 1})
    assert row is not None
    clock.now = int(row["expires_at"].timestamp() * 1000) - 1
    stored = Stored(database, "wsp_1", signer().published, clock)
    assert ((await stored.verified()).verified, (await stored.verified()).expired) == (5, 0)
    clock.now += 1
    outcome = await stored.verified()
    assert outcome.whole
    assert (outcome.verified, outcome.expired) == (2, 3)


@pytest.mark.parametrize(
    "forged",
    [
        {"last_hash": "1" * 64},
        {"last_sequence": 1},
        {"signature": "e30.e30.e30"},
        {"workspace_id": "wsp_2"},
    ],
)
async def test_nothing_is_put_on_top_of_a_forged_end(
    database: Database, chain: Chain, clock: SetClock, forged: dict[str, object]
) -> None:
    """Its events wait, while other workspaces' find their place; and wait no more once it holds."""
    await happen(database, *events("wsp_1", 2, now=BEGAN))
    await chain()
    kept = await database["audit_heads"].find_one({"_id": "wsp_1"})
    assert kept is not None
    await database["audit_heads"].update_one({"_id": "wsp_1"}, {"$set": forged})
    await happen(database, *events("wsp_1", 1, now=BEGAN), *events("wsp_3", 1, now=BEGAN + 9))
    await chain()
    await chain()
    assert await database["audit"].count_documents({"workspace_id": "wsp_1"}) == 2
    assert await database["audit"].count_documents({"workspace_id": "wsp_3"}) == 1
    assert await waiting(database) == 1
    await database["audit_heads"].replace_one({"_id": "wsp_1"}, kept)
    clock.now += 60_000
    await chain()
    assert await waiting(database) == 0
    assert (await Stored(database, "wsp_1", signer().published, clock).verified()).whole


async def test_an_end_that_was_taken_away_is_noticed(
    database: Database, chain: Chain, clock: SetClock
) -> None:
    """A chain that should begin anew finds its first place taken, and goes no further."""
    await happen(database, *events("wsp_1", 2, now=BEGAN))
    await chain()
    await database["audit_heads"].delete_many({})
    await happen(database, *events("wsp_1", 1, now=BEGAN))
    await chain()
    assert await waiting(database) == 1
    assert await database["audit"].count_documents({}) == 2


async def test_an_audit_s_key_is_made_once_and_never_in_silence(
    database: Database, chain: Chain
) -> None:
    """Of several first starts one makes it; where it was used and is gone, no other is made."""
    store, vault = AuditKeyStore(database), Vault([MASTER])
    made = await asyncio.gather(*(checkpoint_keys(store, vault.make, now=BEGAN) for _ in range(3)))
    assert len({key.key_id for keys in made for key in keys}) == 1
    await happen(database, *events("wsp_1", 1, now=BEGAN))
    await chain()
    await database["audit_keys"].delete_many({})
    with pytest.raises(AuditKeyLost):
        await checkpoint_keys(store, vault.make, now=BEGAN)
    assert await store.all() == []


async def test_a_row_that_was_taken_out_hides_nothing_behind_it(
    database: Database, chain: Chain, clock: SetClock
) -> None:
    """What is left is listed to its end, page by page, and verifying names just what is missing."""
    await happen(database, *events("wsp_1", 9, now=BEGAN))
    await chain()
    await database["audit"].delete_many({"sequence": {"$in": [4, 5]}})
    listed, before = [], None
    while before != 0:
        found, following = await ListEvents(AuditLog(database), clock)(
            WorkspaceId("wsp_1"), Wanted(2, before)
        )
        listed += [row.sequence for row in found]
        before = following or 0
    assert listed == [9, 8, 7, 6, 3, 2, 1]
    outcome = await Stored(database, "wsp_1", signer().published, clock).verified()
    assert [finding.sentence for finding in outcome.findings] == ["events 4 to 5 are missing"]
