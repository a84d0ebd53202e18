"""Whose turn it is among the connections that wait in BullMQ's queue.

BullMQ's own order is by priority, then by when a job was put, for ever. Two scripts make up for
what it lacks; they read and write BullMQ's keys, and do nothing where a job is not as they expect.
"""

from typing import Final

from redis.asyncio import Redis

from services.kernel.ids import ConnectionId
from services.sync.domain.lanes import PASSED_AT_MOST, PRIORITY, Lane

# A put that finds the connection in the queue already changes nothing there: where it was put into
# a sooner lane than it waits in, or is to follow in, that is made up for here.
# KEYS: what deduplicates, what follows, those that wait, those that run, the counter of places.
# ARGV: the prefix of jobs, the priority.
_SOONER: Final = """
local job = redis.call('GET', KEYS[1])
if not job then return end
local hash, priority = ARGV[1] .. job, tonumber(ARGV[2])
if redis.call('LPOS', KEYS[4], job) then
  local follows = redis.call('HGET', KEYS[2], 'opts')
  if not follows then return end
  local soonest = math.min(priority, tonumber(redis.call('HGET', hash, 'soonest')) or priority)
  redis.call('HSET', hash, 'soonest', soonest)
  local opts = cjson.decode(follows)
  opts['priority'] = soonest
  redis.call('HSET', KEYS[2], 'opts', cjson.encode(opts))
elseif (tonumber(redis.call('HGET', hash, 'priority')) or 0) > priority then
  redis.call('HSET', hash, 'priority', priority)
  if redis.call('ZSCORE', KEYS[3], job) then
    local place = redis.call('INCR', KEYS[5]) % 0x100000000
    redis.call('ZADD', KEYS[3], 'LT', priority * 0x100000000 + place, job)
  end
end
"""
# A start passes over whoever waits in a later lane; the first of those who were passed over too
# often goes before everybody.
# KEYS: those that wait, how often each lane was passed over. ARGV: the priority that starts, then
# of each later lane its priority and how often at most.
_STARTED: Final = """
for at = 2, #ARGV, 2 do
  local lane, most = tonumber(ARGV[at]), tonumber(ARGV[at + 1])
  local low, high = lane * 0x100000000, (lane + 1) * 0x100000000
  local first = redis.call('ZRANGEBYSCORE', KEYS[1], low, '(' .. high, 'LIMIT', 0, 1)[1]
  if not first or lane == tonumber(ARGV[1]) then
    redis.call('HDEL', KEYS[2], lane)
  elseif redis.call('HINCRBY', KEYS[2], lane, 1) >= most then
    redis.call('HDEL', KEYS[2], lane)
    redis.call('ZADD', KEYS[1], 0x100000000, first)
  end
end
"""
_LATER_LANES: Final = [
    each for lane, most in PASSED_AT_MOST.items() for each in (PRIORITY[lane], most)
]


class Turns:
    """Orders what waits in a queue, beside BullMQ."""

    def __init__(self, redis: Redis, prefix: str) -> None:
        self._prefix = prefix
        self._sooner = redis.register_script(_SOONER)
        self._started = redis.register_script(_STARTED)

    def _keys(self, *names: str) -> list[str]:
        return [f"{self._prefix}{name}" for name in names]

    async def sooner(self, connection_id: ConnectionId, lane: Lane) -> None:
        """Let a connection that is in the queue wait in this lane, unless it is in a sooner one."""
        named = (f"de:{connection_id}", f"dn:{connection_id}")
        keys = self._keys(*named, "prioritized", "active", "pc")
        await self._sooner(keys=keys, args=[self._prefix, PRIORITY[lane]])

    async def started(self, priority: int) -> None:
        """Note that one of a priority starts: whoever was passed over often enough is next."""
        keys = self._keys("prioritized", "passed")
        await self._started(keys=keys, args=[priority, *_LATER_LANES])
