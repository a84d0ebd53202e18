"""A queue's server with a replica, of which either can be cut off, and which can change places."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from redis.asyncio import Redis

from tests.faults.processes import Store
from tests.faults.proxy import Way, way_to
from tests.faults.waiting import until
from tests.stores import valkey

# No replica is waited for: to come, before it is sent everything, or to follow, at the end.
AT_ONCE = ("--repl-diskless-sync-delay", "0", "--shutdown-timeout", "0")


@dataclass(frozen=True, slots=True)
class Replicated:
    """A primary, its replica, the way clients take, and the replica's own to its primary."""

    primary: Store
    replica: Redis
    clients: Way
    link: Way

    @property
    def url(self) -> str:
        """Where clients find whichever leads."""
        return f"redis://127.0.0.1:{self.clients.port}/0"

    async def caught_up(self) -> None:
        """Wait until the replica has heard of all that the primary has."""
        async with Redis.from_url(self.url, single_connection_client=True) as asking:

            async def heard() -> bool:
                await asking.incr("written")
                return bool(await asking.wait(1, 1000) == 1)

            await until(heard, lambda: "the replica hears nothing")

    def part(self) -> None:
        """Let the replica hear of nothing more."""
        self.link.cut()

    async def fail_over(self) -> None:
        """Kill the primary with -9; the replica leads with what it has, and clients come to it."""
        await self.primary.kill()
        await self.replica.replicaof("NO", "ONE")
        self.clients.leads_to = int(self.replica.connection_pool.connection_kwargs["port"])


@asynccontextmanager
async def replicated(folder: Path) -> AsyncIterator[Replicated]:
    """Run a queue's server and a replica that has caught up."""
    primary = Store(partial(valkey, "queue", folder / "primary", options=AT_ONCE))
    async with (
        primary.running(),
        way_to(primary.port) as clients,
        way_to(primary.port) as link,
        valkey(
            "queue", folder / "replica", options=("--replicaof", "127.0.0.1", str(link.port))
        ) as replica_url,
        Redis.from_url(replica_url) as replica,
    ):
        made = Replicated(primary, replica, clients, link)
        await made.caught_up()
        yield made
