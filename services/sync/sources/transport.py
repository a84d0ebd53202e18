"""HTTP to strangers' addresses: every resolved address is checked before it is connected to.

A name is resolved once per connection and every answer is checked, so that a name that turns to
another address between two calls gains nothing; no proxies from the environment, no redirects.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from services.sync.domain.site import is_public
from services.sync.sources.answers import PageRefused

# No answer the product asks for is near this; an endless one must not fill the memory.
LARGEST_ANSWER = 64 * 1024 * 1024
BEGINNING: Final = 4096
# Headers that hold a list each, which may come in several lines.
LISTS: Final = ("RateLimit", "RateLimit-Policy", "Beta-RateLimit", "Beta-RateLimit-Policy")
CALL_TIMEOUT = aiohttp.ClientTimeout(total=60, sock_connect=5, sock_read=30)


class PublicOnly(AbstractResolver):
    """Resolves names, and refuses those of which any address is not public."""

    def __init__(self, inner: AbstractResolver) -> None:
        self._inner = inner

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Resolve a name; OSError where any of its addresses is not public."""
        found = await self._inner.resolve(host, port, family)
        if not found or not all(is_public(answer["host"]) for answer in found):
            raise OSError(f"{host} is not an address of the public internet")
        return found

    async def close(self) -> None:
        """Let the inner resolver go."""
        await self._inner.close()


@asynccontextmanager
async def site_sessions(
    public: AbstractResolver | None = None,
) -> AsyncIterator[tuple[aiohttp.ClientSession, aiohttp.ClientSession]]:
    """Open two pools of connections: for public sites, and for those the operator registered."""
    checked = PublicOnly(public or ThreadedResolver())
    async with (
        _session(checked) as to_public,
        _session(ThreadedResolver()) as to_registered,
    ):
        yield to_public, to_registered


def _session(resolver: AbstractResolver) -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(
        resolver=resolver,
        use_dns_cache=False,
        # Sites count the calls: those behind Atlassian's gateway share its host.
        limit=0,
        loop=asyncio.get_running_loop(),
    )
    return aiohttp.ClientSession(
        connector=connector,
        timeout=CALL_TIMEOUT,
        trust_env=False,
        auto_decompress=True,
        cookie_jar=aiohttp.DummyCookieJar(),
    )


async def bounded_body(answer: aiohttp.ClientResponse) -> bytes:
    """Read an answer whole, but no more than the product would ever ask for."""
    body = bytearray()
    async for chunk in answer.content.iter_chunked(1 << 16):
        body += chunk
        if len(body) > LARGEST_ANSWER:
            raise PageRefused("the site's answer is too large")
    return bytes(body)


async def beginning(answer: aiohttp.ClientResponse) -> bytes:
    """Read how an answer begins; nothing where it breaks off: its status is told already."""
    try:
        return await answer.content.readexactly(BEGINNING)
    except asyncio.IncompleteReadError as whole:
        return whole.partial
    except (aiohttp.ClientError, TimeoutError, OSError):
        return b""


def headers_of(answer: aiohttp.ClientResponse) -> Mapping[str, str]:
    """Give an answer's headers, each list in one line (RFC 9110, 5.3)."""
    headers = answer.headers.copy()
    for name in LISTS:
        lines = headers.getall(name, ())
        if len(lines) > 1:
            headers[name] = ", ".join(lines)
    return headers
