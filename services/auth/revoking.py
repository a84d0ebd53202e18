"""What one process of auth knows of revocations, and how it tells the others."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final

from redis.asyncio import Redis

from services.auth.kit import Tell, telling
from services.auth.settings import AuthSettings
from services.auth.store.revocations import RevocationStore
from services.chassis import redis
from services.chassis.clock import Clock
from services.chassis.mongo import Database
from services.chassis.revocation_feed import Pace, RevocationFeed, feeding
from services.chassis.revocations import Revocations

NEWS_SECONDS: Final = 0.25


@dataclass(frozen=True, slots=True)
class Revoking:
    """What was revoked, the feed that keeps it up to date, and what tells of more."""

    known: Revocations
    feed: RevocationFeed
    tell: Tell


@asynccontextmanager
async def revoking(
    settings: AuthSettings, database: Database, clock: Clock
) -> AsyncIterator[Revoking]:
    """Keep revocations as the database has them, until left."""
    async with AsyncExitStack() as opened:
        cache: Redis | None = None
        if settings.redis.cache_url is not None:
            cache = await opened.enter_async_context(
                redis.connect(settings.redis.cache_url, timeout_seconds=NEWS_SECONDS)
            )
        revocations = Revocations(clock)
        feed = RevocationFeed(
            revocations,
            RevocationStore(database).since,
            clock,
            pace=Pace(every=settings.revocations.every_seconds),
        )
        await opened.enter_async_context(feeding(feed, cache))
        yield Revoking(revocations, feed, telling(revocations.note, cache))
