"""What was revoked, as auth tells the other services."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final

import grpc
from google.protobuf.timestamp_pb2 import Timestamp
from redis.asyncio import Redis

from jira_analytics.auth.v1.internal_pb2 import ListRevocationsRequest
from jira_analytics.auth.v1.internal_pb2_grpc import InternalServiceStub
from services.chassis.clock import system_clock
from services.chassis.revocation_feed import Pace, Read, RevocationFeed, feeding
from services.chassis.revocations import Revocations
from services.chassis.service_calls import ServiceCalls, calling
from services.chassis.settings import ServiceSettings
from services.kernel.ids import Instant
from services.kernel.revocation import Revocation

# With the time that a service token may take at most, what a feed allows.
READ_SECONDS: Final = 2.0


def reading_from(auth: grpc.aio.Channel, calls: ServiceCalls) -> Read:
    """Give what reads revocations from auth; ServiceUnavailable while it does not answer."""
    stub: Any = InternalServiceStub(auth)

    async def read(since: Instant) -> Sequence[Revocation]:
        instant = Timestamp()
        instant.FromMilliseconds(since)
        request = ListRevocationsRequest(since_time=instant)
        listed = await calls(stub.ListRevocations, request, seconds=READ_SECONDS)
        return [
            Revocation(one.subject, one.version, one.revoke_time.ToMilliseconds())
            for one in listed.revocations
        ]

    return read


@asynccontextmanager
async def known_from_auth(
    settings: ServiceSettings, cache: Redis
) -> AsyncIterator[tuple[Revocations, RevocationFeed]]:
    """Keep what was revoked as auth has it until left, and give it with the feed that keeps it."""
    async with AsyncExitStack() as opened:
        calls, auth = await opened.enter_async_context(calling(settings.auth, settings.client))
        revocations = Revocations(system_clock)
        pace = Pace(every=settings.revocations.every_seconds)
        feed = RevocationFeed(revocations, reading_from(auth, calls), system_clock, pace=pace)
        await opened.enter_async_context(feeding(feed, cache))
        yield revocations, feed
