"""Every method of the contract, called by everybody, about their own and about others' things.

The matrix is made from the contract's descriptors: a method that is not in tenant_rows fails it.
Whoever may not call is refused before anything is looked at, whatever they name; what is another
workspace's is answered exactly like what does not exist; and no refused call leaves a trace.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial

import grpc
import pytest
from google.protobuf.descriptor import MethodDescriptor

from jira_analytics.options.v1.options_pb2 import Access
from tests.rpc.sync_and_analytics import Answer
from tests.rpc.sync_fixtures import sync_stores
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

__all__ = ["sync_stores"]
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


@pytest.fixture
async def neighbours(sync_stores: SyncStores) -> AsyncIterator[Neighbours]:
    async with tenant_world(sync_stores) as world:
        yield Neighbours(world, await world.owner(), await world.owner())


Case = tuple[str, Who]


def by_service(cases: list[Case]) -> list[list[Case]]:
    """Put the cases of each service together: a running product serves them all."""
    services = sorted({name.rpartition(".")[0] for name, _ in cases})
    return [[case for case in cases if case[0].startswith(f"{one}.")] for one in services]


def service_of(cases: list[Case]) -> str:
    return cases[0][0].rpartition(".")[0]


async def each(cases: list[Case], check: Callable[[str, Who], Awaitable[None]]) -> None:
    """Check every case, and say which do not hold."""
    broken = []
    for name, who in cases:
        try:
            await check(name, who)
        except AssertionError as failure:
            broken.append(f"{name} by {who}: {failure}")
    assert broken == []


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
    moving = {
        "audit_inbox",
        "audit_outbox",
        "audit",
        "audit_heads",
        "audit_checkpoints",
        "mails",
        "activity",
        "links",
    }
    stored = await world.stored()
    return {name: rows for name, rows in stored.items() if name not in moving}


async def told(there: Neighbours, name: str, calling: Caller, thing: str = "") -> Answer:
    row = ROWS[name]
    values = dict(row.values(there.world.site.origin, next(there.world.numbers)))
    if row.kind is not None:
        values[row.named] = thing
    return await there.world.tell(METHODS[name], calling.shows, values)


REFUSED: list[Case] = [
    (name, who) for name in METHODS for who in Who if at_the_door(METHODS[name], who) is not None
]


async def refused(there: Neighbours, name: str, who: Who) -> None:
    expected = at_the_door(METHODS[name], who)
    assert expected is not None
    calling = await there.refused_caller(who, METHODS[name])
    things = await there.named(ROWS[name].kind)
    before = await settled(there.world)
    answers = [await told(there, name, calling, thing) for thing in things]
    assert len(set(answers)) == 1, set(answers)
    assert answers[0].code is expected[0]
    assert reason_of(answers[0]) in expected[1]
    assert await settled(there.world) == before


@pytest.mark.parametrize("cases", by_service(REFUSED), ids=service_of)
async def test_whoever_may_not_call_is_refused_at_the_door(
    neighbours: Neighbours, cases: list[Case]
) -> None:
    """One answer whatever is named, and nothing is changed by it."""
    await each(cases, partial(refused, neighbours))


LET_IN: list[Case] = [
    (name, who)
    for name in NAMING
    for who in Who
    if at_the_door(METHODS[name], who) is None and who is not Who.OPERATOR
]


async def as_if_absent(there: Neighbours, name: str, who: Who) -> None:
    world, ours, theirs, row = there.world, there.ours, there.theirs, ROWS[name]
    assert row.kind is not None
    calling = await caller(world, who, METHODS[name], ours)
    foreign = await MAKE[row.kind](world, ours if who is Who.STRANGER else theirs)
    before = await settled(world)
    answers = {
        thing: await told(there, name, calling, thing)
        for thing in (foreign, f"{row.kind}_{ABSENT}", f"{row.kind}_{ABSENT[1:]}1")
    }
    assert {answer.code for answer in answers.values()} == {row.absent}
    assert len(set(answers.values())) == 1, answers
    for word in MALFORMED:
        answer = await told(there, name, calling, word)
        assert answer.code in {row.absent, grpc.StatusCode.INVALID_ARGUMENT}
    assert await settled(world) == before
    if who is not Who.STRANGER:
        mine = await own(world, row.kind, ours, calling)
        assert (await told(there, name, calling, mine)).code in row.own


@pytest.mark.parametrize("cases", by_service(LET_IN), ids=service_of)
async def test_anothers_is_as_if_it_were_not_there(
    neighbours: Neighbours, cases: list[Case]
) -> None:
    """To the last byte; what is no id is refused; the caller's own is answered."""
    await each(cases, partial(as_if_absent, neighbours))


GOOD: list[Case] = [
    (name, who)
    for name in METHODS
    if name in ROWS and ROWS[name].kind is None
    for who in Who
    if at_the_door(METHODS[name], who) is None
    # What is public takes no notice of tokens: neither of good ones nor of bad ones.
    and (level_of(METHODS[name]) != Access.PUBLIC or who in {Who.NOBODY, Who.EXPIRED, Who.OWNER})
]


async def let_in(there: Neighbours, name: str, who: Who) -> None:
    world, ours = there.world, there.ours
    calling = await caller(world, who, METHODS[name], ours)
    answer = await told(there, name, calling)
    assert answer.code in ROWS[name].own, answer


@pytest.mark.parametrize("cases", by_service(GOOD), ids=service_of)
async def test_whoever_may_call_is_let_in(neighbours: Neighbours, cases: list[Case]) -> None:
    """A good call about nothing in particular goes well for everybody whom the contract lets."""
    await each(cases, partial(let_in, neighbours))


def test_kinds_of_things_are_all_made() -> None:
    assert set(MAKE) == set(Kind)
    assert all(level_of(method) for method in METHODS.values())
