"""Every method of the contract, called by everybody, about their own and about others' things.

The matrix is made from the contract's descriptors: a method that is not in tenant_rows fails it.
Whoever may not call is refused before anything is looked at, whatever they name; what is another
workspace's is answered exactly like what does not exist; and no refused call leaves a trace.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import grpc
import pytest
import pytest_asyncio
from google.protobuf.descriptor import MethodDescriptor

from jira_analytics.options.v1.options_pb2 import Access
from tests.rpc.sync_and_analytics import Answer
from tests.rpc.sync_service import SyncStores
from tests.rpc.sync_stored import Stored
from tests.rpc.tenant_callers import (
    Caller,
    Who,
    area_of,
    at_the_door,
    caller,
    level_of,
    reason_of,
)
from tests.rpc.tenant_rows import ROWS, Kind
from tests.rpc.tenant_things import ABSENT, MAKE, MALFORMED, own
from tests.rpc.tenant_world import METHODS, Person, World, tenant_world

IN_ONE_LOOP = pytest.mark.asyncio(loop_scope="module")
NAMING = [name for name in METHODS if name in ROWS and ROWS[name].kind is not None]


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The running product, and the owners of two workspaces in it."""

    world: World
    ours: Person
    theirs: Person
    things: dict[Kind, list[str]] = field(default_factory=dict)
    refused: dict[tuple[Who, str], Caller] = field(default_factory=dict)

    async def refused_caller(self, who: Who, method: MethodDescriptor) -> Caller:
        """Make a caller once who is refused everywhere: nothing wears them out."""
        key = (who, area_of(method))
        if key not in self.refused:
            self.refused[key] = await caller(self.world, who, method, self.ours)
        return self.refused[key]

    async def named(self, kind: Kind | None) -> list[str]:
        """Give what a request may name: ours, theirs, what is not there, and what is no id."""
        if kind is None:
            return [""]
        if kind not in self.things:
            both = (self.ours, self.theirs)
            self.things[kind] = [await MAKE[kind](self.world, owner) for owner in both]
        return [*self.things[kind], f"{kind}_{ABSENT}", *MALFORMED]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def neighbours(mongo_url: str, queue_url: str, cache_url: str) -> AsyncIterator[Neighbours]:
    own_queue = f"{queue_url.removesuffix('/0')}/15"
    stores = SyncStores(mongo_url, own_queue, cache_url, "test_tenant_matrix")
    async with tenant_world(stores) as world:
        yield Neighbours(world, await world.owner(), await world.owner())


def test_every_method_of_the_contract_is_in_the_matrix() -> None:
    """Whoever adds a method says here what its request can name."""
    assert set(ROWS) == set(METHODS)
    ids = {
        f"{name}.{field.name}"
        for name, method in METHODS.items()
        for field in method.input_type.fields
        if field.name.endswith("_id") and field.name not in NO_THINGS
    }
    assert ids == {f"{name}.{ROWS[name].named}" for name in NAMING} | FILLED


# Ends like an id: the caller's own token for a retry, a filter of a list, a client's name.
NO_THINGS = {"request_id", "actor_id", "target_id", "client_id"}
# Named by services, who may name any workspace.
FILLED = {
    "sync.v1.InternalService.EraseWorkspace.workspace_id",
    "sync.v1.InternalService.ErasePerson.workspace_id",
    "analytics.v1.InternalService.EraseWorkspace.workspace_id",
}


async def settled(world: World) -> Stored:
    """Give what is stored but for what moves by itself: events finding their place, and mails."""
    moving = {"audit_inbox", "audit", "audit_heads", "audit_checkpoints", "mails", "links"}
    stored = await world.stored()
    return {name: rows for name, rows in stored.items() if name not in moving}


async def told(there: Neighbours, name: str, calling: Caller, thing: str = "") -> Answer:
    row = ROWS[name]
    values = dict(row.values(there.world.site.origin, next(there.world.numbers)))
    if row.kind is not None:
        values[row.named] = thing
    return await there.world.tell(METHODS[name], calling.shows, values)


REFUSED = [
    (name, who) for name in METHODS for who in Who if at_the_door(METHODS[name], who) is not None
]


@IN_ONE_LOOP
@pytest.mark.parametrize(("name", "who"), REFUSED)
async def test_whoever_may_not_call_is_refused_at_the_door(
    neighbours: Neighbours, name: str, who: Who
) -> None:
    """One answer whatever is named, and nothing is changed by it."""
    expected = at_the_door(METHODS[name], who)
    assert expected is not None
    calling = await neighbours.refused_caller(who, METHODS[name])
    things = await neighbours.named(ROWS[name].kind)
    before = await settled(neighbours.world)
    answers = [await told(neighbours, name, calling, thing) for thing in things]
    assert len(set(answers)) == 1, set(answers)
    assert answers[0].code is expected[0]
    assert reason_of(answers[0]) in expected[1]
    assert await settled(neighbours.world) == before


LET_IN = [
    (name, who)
    for name in NAMING
    for who in Who
    if at_the_door(METHODS[name], who) is None and who is not Who.OPERATOR
]


@IN_ONE_LOOP
@pytest.mark.parametrize(("name", "who"), LET_IN)
async def test_anothers_is_as_if_it_were_not_there(
    neighbours: Neighbours, name: str, who: Who
) -> None:
    """To the last byte; what is no id is refused; the caller's own is answered."""
    world, ours, theirs, row = neighbours.world, neighbours.ours, neighbours.theirs, ROWS[name]
    assert row.kind is not None
    calling = await caller(world, who, METHODS[name], ours)
    foreign = await MAKE[row.kind](world, ours if who is Who.STRANGER else theirs)
    before = await settled(world)
    answers = {
        thing: await told(neighbours, name, calling, thing)
        for thing in (foreign, f"{row.kind}_{ABSENT}", f"{row.kind}_{ABSENT[1:]}1")
    }
    assert {answer.code for answer in answers.values()} == {grpc.StatusCode.NOT_FOUND}
    assert len(set(answers.values())) == 1, answers
    for word in MALFORMED:
        answer = await told(neighbours, name, calling, word)
        assert answer.code in {grpc.StatusCode.NOT_FOUND, grpc.StatusCode.INVALID_ARGUMENT}
    assert await settled(world) == before
    if who is not Who.STRANGER:
        mine = await own(world, row.kind, ours, calling)
        assert (await told(neighbours, name, calling, mine)).code in row.own


GOOD = [
    (name, who)
    for name in METHODS
    if name in ROWS and ROWS[name].kind is None
    for who in Who
    if at_the_door(METHODS[name], who) is None
    # What is public takes no notice of tokens: neither of good ones nor of bad ones.
    and (level_of(METHODS[name]) != Access.PUBLIC or who in {Who.NOBODY, Who.EXPIRED, Who.OWNER})
]


@IN_ONE_LOOP
@pytest.mark.parametrize(("name", "who"), GOOD)
async def test_whoever_may_call_is_let_in(neighbours: Neighbours, name: str, who: Who) -> None:
    """A good call about nothing in particular goes well for everybody whom the contract lets."""
    world, ours = neighbours.world, neighbours.ours
    calling = await caller(world, who, METHODS[name], ours)
    answer = await told(neighbours, name, calling)
    assert answer.code in ROWS[name].own, answer


def test_kinds_of_things_are_all_made() -> None:
    assert set(MAKE) == set(Kind)
    assert all(level_of(method) for method in METHODS.values())
