"""Whose turn it is among the connections that wait in BullMQ's queue.

BullMQ's own order is by priority, then by when a job was put, for ever. Three scripts make up for
what it lacks: workspaces take turns within a lane, a later lane is not passed over for ever, and
what waits can be put into a sooner lane. They read and write BullMQ's keys, and do nothing where a
job is not as they expect: then BullMQ's order holds. The one that counts starts is one with
BullMQ's own that fetches a job: a call of its own would cost as much as that.

Turns are counted by rounds, each lane by itself (start-time fair queueing): what a workspace puts
has its place in the round that is under way or, where it has one there already, in the round after
its last. So one with fifty connections has one place in fifty among fifty, and all when alone.
Rounds are counted in ticks: where one has a weight of four, its next place is a tick after its last
and not four of them.
"""

from collections.abc import Mapping
from typing import Final

from redis.asyncio import Redis
from redis.commands.core import AsyncScript

from services.kernel.ids import ConnectionId, WorkspaceId
from services.sync.domain.lanes import PASSED_AT_MOST, PRIORITY, Lane

# Whose a connection is may be told with a put, and is known until nobody puts it for so long.
KNOWN_SECONDS: Final = 30 * 24 * 3600
# From a place of a workspace with a weight of one to its next; a multiple of all weights.
TICKS: Final = 4
# A script holds up everybody: some 50 µs for each that is put back.
MOST_PUT_BACK: Final = 200

# ARGV[1] is the prefix of all keys. A job's place is its score: lane, round, order within it.
_PLACE: Final = (
    f"local ticks = {TICKS}"
    """
local prefix = ARGV[1]
local waiting, turns = prefix .. 'prioritized', prefix .. 'turns'
local function round_of(lane) return tonumber(redis.call('HGET', turns, lane) or 0) end
-- Gives the round a job is to have, and whose it is.
local function due(hash, lane)
  local connection = redis.call('HGET', hash, 'deid') or ''
  local own = redis.call('GET', prefix .. 'of:' .. connection) or connection
  local last = redis.call('ZSCORE', turns .. ':' .. lane, own)
  local step = tonumber(redis.call('GET', prefix .. 'step:' .. own) or ticks)
  return math.max(round_of(lane), last and last + step or 0), own
end
local function take(lane, round, own)
  redis.call('ZREMRANGEBYSCORE', turns .. ':' .. lane, '-inf', round_of(lane) - ticks)
  redis.call('ZADD', turns .. ':' .. lane, round, own)
end
local function place(job, hash, lane)
  local round, own = due(hash, lane)
  take(lane, round, own)
  local order = redis.call('HINCRBY', turns, 'order', 1) % 65536 / 65536
  redis.call('HSET', hash, 'round', round)
  redis.call('ZADD', waiting, lane * 0x100000000 + round + order, job)
end
"""
)
# A put that finds the connection in the queue already changes nothing there: where it was put into
# a sooner lane than it waits in, or is to follow in, that is made up for here.
# ARGV: connection, priority, workspace or "", seconds for which that is known.
_PUT: Final = (
    _PLACE
    + """
local of, lane = prefix .. 'of:' .. ARGV[2], tonumber(ARGV[3])
if ARGV[4] ~= '' then redis.call('SET', of, ARGV[4], 'EX', ARGV[5])
else redis.call('EXPIRE', of, ARGV[5]) end
local job = redis.call('GET', prefix .. 'de:' .. ARGV[2])
if not job then return end
local hash = prefix .. job
if redis.call('LPOS', prefix .. 'active', job) then
  local next = prefix .. 'dn:' .. ARGV[2]
  local follows = redis.call('HGET', next, 'opts')
  if not follows then return end
  local soonest = math.min(lane, tonumber(redis.call('HGET', hash, 'soonest')) or lane)
  redis.call('HSET', hash, 'soonest', soonest)
  local opts = cjson.decode(follows)
  opts['priority'] = soonest
  redis.call('HSET', next, 'opts', cjson.encode(opts))
  return
end
local held = redis.call('HMGET', hash, 'priority', 'round')
local score = redis.call('ZSCORE', waiting, job)
if (tonumber(held[1]) or 0) > lane then redis.call('HSET', hash, 'priority', lane)
elseif held[2] then return
else lane = tonumber(held[1]) or lane end
-- One that was let go before everybody stays there.
if score and tonumber(score) > 0x100000000 then place(job, hash, lane) end
"""
)
# One that had its turn, or came before it, waits for its next. ARGV: the job.
_BACK: Final = (
    _PLACE
    + """
local job, hash = ARGV[2], prefix .. ARGV[2]
local there = redis.call('ZREM', prefix .. 'delayed', job) == 1
if not there and not redis.call('ZSCORE', waiting, job) then return end
place(job, hash, tonumber(redis.call('HGET', hash, 'priority')))
redis.call('HSET', hash, 'delay', 0)
redis.call('ZADD', prefix .. 'marker', 0, '0')
"""
)
# What comes back from a wait, or follows, BullMQ puts by a count of its own: that count is kept low
# so that it comes here soon, and is given its place where others' turn is before it.
# A start passes over whoever waits in a later lane; the first of those who were passed over too
# often goes before everybody. One that saw its worker die had its turn when it began, and is let by
# until it begins again (suspects.py): it may be fetched many times before.
_STARTS: Final = """
local function first(of)
  local low, high = of * 0x100000000, '(' .. (of + 1) * 0x100000000
  return redis.call('ZRANGEBYSCORE', waiting, low, high, 'LIMIT', 0, 1)[1]
end
local function unfetch(job, hash, lane)
  redis.call('LREM', prefix .. 'active', 1, job)
  redis.call('DEL', hash .. ':lock')
  redis.call('HINCRBY', hash, 'ats', -1)
  redis.call('HDEL', hash, 'processedOn')
  redis.call('XADD', prefix .. 'events', '*', 'event', 'waiting', 'jobId', job, 'prev', 'active')
  place(job, hash, lane)
end
-- Tells whether a job that was fetched starts; one that does not waits again, where it may.
local function starts(job, may_wait)
  local hash = prefix .. job
  local said = redis.call('HMGET', hash, 'priority', 'round', 'stc', 'begun')
  local lane, round, own = tonumber(said[1]) or 0, tonumber(said[2]), nil
  redis.call('DEL', prefix .. 'pc')
  if (tonumber(said[3]) or 0) > (tonumber(said[4]) or 0) then
    redis.call('HDEL', hash, 'round')
    return true
  end
  if not round then
    round, own = due(hash, lane)
    if may_wait and round > round_of(lane) and first(lane) then
      unfetch(job, hash, lane)
      return false
    end
    take(lane, round, own)
  end
  redis.call('HDEL', hash, 'round')
  redis.call('HSET', turns, lane, math.max(round, round_of(lane)))
  local passed = prefix .. 'passed'
  for _, each in ipairs(LATER_LANES) do
    local later, most = each[1], each[2]
    local next = first(later)
    if not next or later == lane then
      redis.call('HDEL', passed, later)
    elseif redis.call('HINCRBY', passed, later, 1) >= most then
      redis.call('HDEL', passed, later)
      redis.call('ZADD', waiting, 0x100000000, next)
    end
  end
  return true
end
-- What has a place starts: only as many do not as have none, and so many at once.
local got, put_back = fetched(), 0
while type(got[1]) == 'table' and not starts(got[2], put_back < MOST_PUT_BACK) do
  got, put_back = fetched(), put_back + 1
end
return got
"""
_LATER_LANES: Final = ",".join(
    f"{{{PRIORITY[lane]},{most}}}" for lane, most in PASSED_AT_MOST.items()
)


class Turns:
    """Orders what waits in a queue, beside BullMQ."""

    def __init__(self, redis: Redis, prefix: str) -> None:
        self._redis = redis
        self._prefix = prefix
        self._put = redis.register_script(_PUT)
        self._back = redis.register_script(_BACK)

    async def weigh(self, weights: Mapping[WorkspaceId, int]) -> None:
        """Let workspaces have this many turns for each of one that nothing is known of."""
        async with self._redis.pipeline(transaction=False) as told:
            for workspace_id, weight in weights.items():
                step = TICKS // weight
                told.set(f"{self._prefix}step:{workspace_id}", step, ex=KNOWN_SECONDS)
            await told.execute()

    async def put(
        self, connection_id: ConnectionId, lane: Lane, workspace_id: WorkspaceId | None
    ) -> None:
        """Give a connection that is in the queue its place, no later than in this lane."""
        told = workspace_id or ""
        await self._put(args=[self._prefix, connection_id, PRIORITY[lane], told, KNOWN_SECONDS])

    async def back(self, job_id: str) -> None:
        """Let a job that was put back until now wait for its next turn."""
        await self._back(args=[self._prefix, job_id])

    def fetching(self, fetch: str) -> AsyncScript:
        """Give BullMQ's script that fetches a job as one that fetches a job whose turn it is."""
        most = f"local LATER_LANES, MOST_PUT_BACK = {{{_LATER_LANES}}}, {MOST_PUT_BACK}\n"
        return self._redis.register_script(
            f"local function fetched()\n{fetch}\nend\n{most}{_PLACE}{_STARTS}"
        )
