"""Whether an answer's time tells what its words do not: that something exists.

    python -m tests.load.existence

For every method that names something: 200 calls that name another workspace's thing and 200
that name none, taken in turns; and for signing in and resetting a password: accounts that are and
that are not. Two-sided Mann-Whitney, alpha 0.001; a difference is one only if a second sample of
calls shows it too. Exits 1 where there is any.
"""

import asyncio
import itertools
import random
import secrets
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from statistics import median

from rich.console import Console
from rich.progress import track
from rich.table import Table

from jira_analytics.auth.v1 import workspace_pb2
from tests.load.mann_whitney import p_value
from tests.rpc.sync_service import SyncStores
from tests.rpc.tenant_callers import Caller, Who, at_the_door, caller
from tests.rpc.tenant_rows import PASSWORD, ROWS
from tests.rpc.tenant_things import ABSENT, MAKE
from tests.rpc.tenant_world import METHODS, Person, World, tenant_world
from tests.stores import secantus, valkey

CALLS = 200
ALPHA = 0.001
WARM_UP = 20
# Calls the one arm or the other, for the so-many-th time.
Arm = Callable[[int], Awaitable[object]]
console = Console()


async def seconds_of(arm: Arm, number: int) -> float:
    """Time one call."""
    began = time.perf_counter()
    await arm(number)
    return time.perf_counter() - began


async def sample(there: Arm, absent: Arm, *, numbers: "itertools.count[int]") -> list[list[float]]:
    """Call both arms in turns, in an order that is drawn for each pair."""
    times: dict[Arm, list[float]] = {there: [], absent: []}
    for _ in range(WARM_UP):
        await there(next(numbers))
        await absent(next(numbers))
    for _ in range(CALLS):
        for arm in random.sample([there, absent], 2):
            times[arm].append(await seconds_of(arm, next(numbers)))
    return [times[there], times[absent]]


async def compared(there: Arm, absent: Arm) -> tuple[float, list[float]]:
    """Give the p-value of a pair of arms, and both medians in milliseconds."""
    numbers = itertools.count()
    for _ in range(2):
        times = await sample(there, absent, numbers=numbers)
        probability = p_value(*times)
        if probability >= ALPHA:
            break
    return probability, [median(one) * 1000 for one in times]


async def naming(world: World, name: str, ours: Person, theirs: Person) -> tuple[Arm, Arm]:
    """Make the arms of a method that names something."""
    row, method = ROWS[name], METHODS[name]
    assert row.kind is not None
    who = Who.OWNER if at_the_door(method, Who.OWNER) is None else Who.OPERATOR
    calling: Caller = await caller(world, who, method, ours)
    foreign = await MAKE[row.kind](world, theirs)

    def arm(thing: str) -> Arm:
        values = {**row.values(world.site.origin, next(world.numbers)), row.named: thing}
        return lambda _number: world.tell(method, calling.shows, values)

    return arm(foreign), arm(f"{row.kind}_{ABSENT}")


async def people(world: World) -> dict[str, tuple[Arm, Arm]]:
    """Make the arms of what strangers may try: each account is tried once, so none has to wait."""
    known = CALLS * 2 + WARM_UP * 4
    for number in range(known * 2):
        await world.auth.sign_up(f"known-{number}@example.com")

    def calling(name: str, address: str, **values: str) -> Arm:
        method = METHODS[f"auth.v1.AuthService.{name}"]
        return lambda number: world.tell(
            method, (), {"email": f"{address}-{number}@example.com", **values}
        )

    wrong = {"password": f"{PASSWORD}!"}
    return {
        "Login": (calling("Login", "known", **wrong), calling("Login", "unknown", **wrong)),
        "RequestPasswordReset": (
            calling("RequestPasswordReset", "known"),
            calling("RequestPasswordReset", "unknown"),
        ),
    }


async def machines(world: World, theirs: Person) -> dict[str, tuple[Arm, Arm]]:
    """Make the arms of a key's trade: a key that is there with another secret, and none."""
    made = await world.ask(
        "auth.v1.WorkspaceService.CreateApiKey",
        theirs.shows,
        name="machine",
        scopes=[workspace_pb2.ApiKey.SYNC_READ],
    )
    method = METHODS["auth.v1.AuthService.ExchangeApiKey"]
    known = made.secret.rpartition("_")[0]
    unknown = known[: -len(ABSENT)] + ABSENT

    def arm(key: str) -> Arm:
        return lambda _number: world.tell(method, (), {"api_key": f"{key}_{secrets.token_hex(32)}"})

    return {"ExchangeApiKey": (arm(known), arm(unknown))}


@asynccontextmanager
async def product() -> AsyncIterator[World]:
    """Run the product over stores of its own."""
    async with secantus() as mongo_url, valkey("queue") as queue, valkey("cache") as cache:
        stores = SyncStores(mongo_url, queue, cache, "existence")
        async with tenant_world(stores) as world:
            yield world


async def measure() -> bool:
    """Compare everything, and show it; gives whether nothing can be told."""
    table = Table("method", "there, ms", "absent, ms", "p")
    told = False
    async with product() as world:
        ours, theirs = await world.owner(), await world.owner()
        named = [name for name, row in ROWS.items() if row.kind and "Operator" not in name]
        pairs = {name: await naming(world, name, ours, theirs) for name in named}
        pairs |= await people(world) | await machines(world, theirs)
        for name, (there, absent) in track(pairs.items(), "comparing", console=console):
            probability, medians = await compared(there, absent)
            told = told or probability < ALPHA
            shown = [f"{value:.2f}" for value in medians]
            mark = "[red]" if probability < ALPHA else ""
            table.add_row(name, *shown, f"{mark}{probability:.3f}")
    console.print(table)
    return not told


if __name__ == "__main__":
    sys.exit(0 if asyncio.run(measure()) else 1)
