"""Marks in the queue's Redis: which issues of which connections are to be read again.

    dirty:{connection}   sorted set: issue id, its mark's number
    hook:{connection}    sorted set: digest of a delivery's id, when it came; good for a day
    dirty                sorted set: connections with marks, when the queue was last told of it

A mark and the memory of the delivery that made it are one script: a webhook that comes again marks
nothing, and one whose mark was lost is not taken for known.
"""

import functools
import hashlib
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, Final, ParamSpec, TypeVar, cast

from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.kernel.errors import StoreUnavailable
from services.kernel.ids import ConnectionId, Instant, IssueId
from services.sync.domain.marks import Added, Mark

P = ParamSpec("P")
T = TypeVar("T")
KNOWN_SECONDS: Final = 24 * 3600
TOLD_MILLISECONDS: Final = 5_000
# Some megabytes of a connection at most; a delivery that is not known any more is a hint like any.
MOST_KNOWN: Final = 50_000
CONNECTIONS: Final = "dirty"
FRESH: Final = 2
# The number comes from the server's clock in microseconds: unlike a count it does not begin again,
# so that who reads slowly never takes another's mark for the one it read.
# Gives 1 where to put the connection, and 2 more where the delivery was not known.
_ADD: Final = """
local time = redis.call('TIME')
local seconds = tonumber(time[1])
local now = seconds * 1000 + math.floor(tonumber(time[2]) / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', seconds - tonumber(ARGV[3]))
local before = redis.call('ZCARD', KEYS[1])
local fresh = redis.call('ZADD', KEYS[2], 'NX', seconds, ARGV[2]) == 1
if fresh then
  redis.call('EXPIRE', KEYS[2], ARGV[3])
  redis.call('ZREMRANGEBYRANK', KEYS[2], 0, -(tonumber(ARGV[6]) + 1))
  local number = (seconds * 1000000 + tonumber(time[2])) * 2
  for index = 7, #ARGV do
    local known = redis.call('ZSCORE', KEYS[1], ARGV[index])
    local deleted = ARGV[4] == '1' or (known and tonumber(known) % 2 == 1)
    redis.call('ZADD', KEYS[1], string.format('%.0f', number + (deleted and 1 or 0)), ARGV[index])
  end
elseif before == 0 then
  return 0
end
local asked = tonumber(redis.call('ZSCORE', KEYS[3], ARGV[1]))
if fresh and before > 0 and asked and math.abs(now - asked) < tonumber(ARGV[5]) then
  return 2
end
redis.call('ZADD', KEYS[3], now, ARGV[1])
return fresh and 3 or 1
"""
_TAKE_OUT: Final = """
for index = 2, #ARGV, 2 do
  local known = redis.call('ZSCORE', KEYS[1], ARGV[index])
  if known and tonumber(known) == tonumber(ARGV[index + 1]) then
    redis.call('ZREM', KEYS[1], ARGV[index])
  end
end
if redis.call('ZCARD', KEYS[1]) == 0 then
  redis.call('ZREM', KEYS[2], ARGV[1])
end
"""


def _answered(call: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """Give a server that is away its name."""

    @functools.wraps(call)
    async def named(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await call(*args, **kwargs)
        except (RedisError, OSError) as away:
            raise StoreUnavailable from away

    return named


class Marks:
    """Keeps which issues are to be read again."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._add = redis.register_script(_ADD)
        self._take_out = redis.register_script(_TAKE_OUT)

    @_answered
    async def add(
        self,
        connection_id: ConnectionId,
        delivery_id: str,
        issues: Sequence[IssueId],
        *,
        deleted: bool,
    ) -> Added:
        """Mark the issues of a delivery that was not known.

        Tells to put the connection into the queue where it had no mark, where the delivery
        is known and its mark is still there, since that may be so because the queue was away, and
        where that was last told seconds ago. Whoever holds the connection goes on until no mark is
        left: what is marked meanwhile needs no telling.
        """
        known = hashlib.blake2b(delivery_id.encode(), digest_size=16).digest()
        came = await self._add(
            keys=[_marks(connection_id), _deliveries(connection_id), CONNECTIONS],
            args=[
                connection_id,
                known,
                KNOWN_SECONDS,
                int(deleted),
                TOLD_MILLISECONDS,
                MOST_KNOWN,
                *issues,
            ],
        )
        return Added(known=int(came) < FRESH, put=int(came) % FRESH == 1)

    @_answered
    async def oldest(self, connection_id: ConnectionId, most: int) -> list[Mark]:
        """Give the marks that have waited longest."""
        asked = self._redis.zrange(_marks(connection_id), 0, most - 1, withscores=True)
        found = cast("list[tuple[bytes, float]]", await asked)
        return [Mark(IssueId(issue_id.decode()), int(number)) for issue_id, number in found]

    @_answered
    async def take_out(self, connection_id: ConnectionId, marks: Sequence[Mark]) -> None:
        """Take out what was read, where it was not marked again meanwhile."""
        read = [value for mark in marks for value in (mark.issue_id, mark.number)]
        keys = [_marks(connection_id), CONNECTIONS]
        await self._take_out(keys=keys, args=[connection_id, *read])

    async def give_up(self, connection_id: ConnectionId, marks: Sequence[Mark]) -> None:
        """Take out what could not be read."""
        await self.take_out(connection_id, marks)

    @_answered
    async def left_alone(
        self, *, before: Instant, now: Instant, most: int
    ) -> Sequence[ConnectionId]:
        """List connections whose marks nobody took out, and was not asked for since an instant."""
        asked = self._redis.zrangebyscore(CONNECTIONS, "-inf", before, start=0, num=most)
        found = cast("list[bytes]", await asked)
        if found:
            await self._redis.zadd(CONNECTIONS, dict.fromkeys(found, now), xx=True)
        return [ConnectionId(connection_id.decode()) for connection_id in found]

    @_answered
    async def forget(self, connection_id: ConnectionId) -> None:
        """Forget all of a connection: its marks, and which deliveries came."""
        async with self._redis.pipeline(transaction=True) as pipeline:
            pipeline.unlink(_marks(connection_id), _deliveries(connection_id))
            pipeline.zrem(CONNECTIONS, connection_id)
            await cast("Awaitable[object]", pipeline.execute())


def _marks(connection_id: ConnectionId) -> str:
    return f"dirty:{connection_id}"


def _deliveries(connection_id: ConnectionId) -> str:
    return f"hook:{connection_id}"
