"""Takes a webhook: verifies it, marks what it names, and sees to it that a worker comes."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from redis.exceptions import RedisError

from services.chassis.clock import Clock
from services.kernel.errors import InvalidField, StoreUnavailable, WebhookRefused
from services.kernel.ids import ConnectionId, IssueId
from services.sync.domain.hints import FIELD, hint_of
from services.sync.domain.lanes import Lane
from services.sync.domain.marks import Added

# Jira drops what is above 25 MB; the gateway lets no more than a megabyte pass.
LARGEST_BODY: Final = 1024 * 1024
OLD: Final = "old"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A webhook as it came; `signature` is empty where there was none, or several."""

    connection_id: ConnectionId
    signature: str
    delivery_id: str
    body: bytes


class Outcome(StrEnum):
    """What came of a webhook that was taken."""

    MARKED = "marked"
    KNOWN = "known"
    NAMELESS = "nameless"


@dataclass(frozen=True, slots=True)
class Taken:
    """A webhook that was taken, and how many issues were marked."""

    outcome: Outcome
    marked: int = 0


class Signatures(Protocol):
    """Checks signatures; see hooks.checking."""

    async def hold(self, connection_id: ConnectionId, signed: str, body: bytes) -> bool:
        """Tell whether a connection's site has signed these very bytes."""


class Marks(Protocol):
    """Keeps which issues are to be read again."""

    async def add(
        self,
        connection_id: ConnectionId,
        delivery_id: str,
        issues: Sequence[IssueId],
        *,
        deleted: bool,
    ) -> Added:
        """Mark the issues of a delivery that was not known; tells whether to put the connection."""


class Put(Protocol):
    """Puts a connection into the queue."""

    async def put(self, connection_id: ConnectionId, lane: Lane) -> None:
        """Put a connection into the queue, unless it is there."""


class Receiving:
    """Takes webhooks.

    What fails for now is said so, and comes again; what is refused does not (PROTOCOLS: Jira tries
    again after 503, and never after 400 or 401).
    """

    def __init__(self, signatures: Signatures, marks: Marks, queue: Put, clock: Clock) -> None:
        self._signatures = signatures
        self._marks = marks
        self._queue = queue
        self._clock = clock

    async def __call__(self, delivery: Delivery) -> Taken:
        """Take one; WebhookRefused alike for a connection that is not there and a bad signature."""
        if len(delivery.body) > LARGEST_BODY:
            raise InvalidField(FIELD, f"send {LARGEST_BODY} bytes or fewer")
        if not await self._signatures.hold(
            delivery.connection_id, delivery.signature, delivery.body
        ):
            raise WebhookRefused
        hint = hint_of(delivery.body)
        if not hint.is_good_at(self._clock()):
            raise WebhookRefused(OLD)
        # Without an id of its own a delivery is known by its signature: as much as by its bytes.
        known = delivery.delivery_id or delivery.signature
        if not hint.issues:
            return Taken(Outcome.NAMELESS)
        added = await self._marks.add(
            delivery.connection_id, known, hint.issues, deleted=hint.deleted
        )
        if added.put:
            await self._enqueue(delivery.connection_id)
        if added.known:
            return Taken(Outcome.KNOWN)
        return Taken(Outcome.MARKED, len(hint.issues))

    async def _enqueue(self, connection_id: ConnectionId) -> None:
        """Also for a delivery that is known: it may be here again because this failed."""
        try:
            await self._queue.put(connection_id, Lane.REFRESH)
        except (RedisError, OSError) as away:
            raise StoreUnavailable from away
