"""A way to a server that can be cut: nothing passes, and nobody is told; or lead elsewhere."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field

CHUNK = 65_536


@dataclass
class Way:
    """A way to a server, and whether it is open; what is sent while it is cut arrives later.

    Where `leads_to` is changed, whoever comes from then on comes to another server.
    """

    leads_to: int
    port: int = 0
    open: asyncio.Event = field(default_factory=asyncio.Event)

    def cut(self) -> None:
        """Let nothing pass from now on."""
        self.open.clear()

    def heal(self) -> None:
        """Let everything pass again, what was sent meanwhile included."""
        self.open.set()

    async def pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on what comes until one side ends it."""
        with suppress(ConnectionError):
            while read := await reader.read(CHUNK):
                await self.open.wait()
                writer.write(read)
                await writer.drain()
        writer.close()


@asynccontextmanager
async def way_to(port: int) -> AsyncIterator[Way]:
    """Open a way to a server on this machine."""
    way, running = Way(port), set[asyncio.Task[None]]()
    way.heal()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await way.open.wait()
        async with AsyncExitStack() as stack:
            stack.callback(writer.close)
            # Where nobody is there, who came is sent away.
            stack.enter_context(suppress(ConnectionError))
            there, back = await asyncio.open_connection("127.0.0.1", way.leads_to)
            stack.callback(back.close)
            both = {
                asyncio.create_task(way.pass_on(reader, back)),
                asyncio.create_task(way.pass_on(there, writer)),
            }
            running.update(both)
            await asyncio.wait(both)
            running.difference_update(both)

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    way.port = server.sockets[0].getsockname()[1]
    try:
        yield way
    finally:
        server.close()
        for task in running:
            task.cancel()
