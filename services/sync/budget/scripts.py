"""The budget's scripts: each one step, by Redis' own clock, whichever worker asks.

A site is a hash, each endpoint of it is one, and so are the points of the hour. Their names share
the braces around the site's address, so that in a cluster they are on one node. All of it may be
lost: then the rates are what they are without anything learnt.
"""

from typing import Final

# What must not wait for ever, nor stay for ever: a pause lasts a day at most.
_BEGIN: Final = """
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local function kept(key) redis.call('PEXPIRE', key, 26 * 3600000) end
local function number(text) return tonumber(text or '') end
-- The rate is lowered to what the site says, halved by a refusal, and whole again a minute after.
local function rate_now(endpoint, most, share)
  local held = redis.call('HMGET', endpoint, 'limit', 'cut', 'cut_until')
  local limit, cut = number(held[1]), number(held[2])
  local rate = limit and math.min(most, limit * share) or most
  if not cut then return rate end
  return math.min(rate, cut + rate * math.max(0, now - number(held[3])) / 60000)
end
"""

# Takes a token of an endpoint, or stands in line for one. `at` is when the line would be over and
# the bucket empty: a second's worth behind now, the bucket is full. Who would stand in line for
# longer than it may is not let in.
# KEYS: site, endpoint, points. ARGV: rate, our share, longest line in ms, share of the points that
# is left to sooner lanes, workspace, the share for those who had more than theirs, "look" where
# the token was taken before.
# Gives why not (empty: go), after how many ms, and now in microseconds.
TAKE: Final = (
    _BEGIN
    + """
local micros = time[1] * 1000000 + time[2]
local function wait(reason, till) return {reason, math.ceil(till - now), micros} end
local site = redis.call('HMGET', KEYS[1], 'until', 'reason', 'left', 'left_until')
if (number(site[1]) or 0) > now then return wait(site[2], site[1]) end
local floor = tonumber(ARGV[4])
if floor >= 0 and (number(site[4]) or 0) > now then
  local spent = redis.call('HMGET', KEYS[3], 'hour', 'all', ARGV[5])
  local all, own = number(spent[2]) or 0, number(spent[3]) or 0
  local this_hour = number(spent[1]) == math.floor(now / 3600000)
  if this_hour and own * (redis.call('HLEN', KEYS[3]) - 2) > all then
    floor = math.max(floor, tonumber(ARGV[6]))
  end
  if tonumber(site[3]) <= floor then return wait('points', site[4]) end
end
local held = redis.call('HMGET', KEYS[2], 'until', 'reason', 'at')
if (number(held[1]) or 0) > now then return wait(held[2], held[1]) end
if ARGV[7] == 'look' then return wait('', now) end
local each = 1000 / rate_now(KEYS[2], tonumber(ARGV[1]), tonumber(ARGV[2]))
local at = math.max(number(held[3]) or 0, now - math.max(1000, each)) + each
local line = at - now - tonumber(ARGV[3])
if line > 0 then return wait('line', now + line) end
redis.call('HSET', KEYS[2], 'at', string.format('%.3f', at))
kept(KEYS[2])
return wait('', math.max(at, now))
"""
)

# Notes that the site refused: nobody asks before its time. A refusal that names none doubles the
# wait of the one before it; those that come while it lasts are of the same one.
# KEYS: what is stopped, the endpoint. ARGV: ms as said or "", jitter, reason, rate, our share,
# "1" where the endpoint was asked too often.
# Gives after how many ms to ask.
REFUSED: Final = (
    _BEGIN
    + """
local held = redis.call('HMGET', KEYS[1], 'until', 'strikes', 'lasted')
local before, ms = number(held[1]) or 0, number(ARGV[1])
local going_on = before > now
if not ms then
  if going_on then return math.ceil(before - now) end
  local strikes, lasted = number(held[2]) or 0, number(held[3]) or 0
  if now - before > math.max(60000, lasted) then strikes = 0 end
  ms = math.min(1000 * 2 ^ strikes, 300000) * tonumber(ARGV[2])
  redis.call('HSET', KEYS[1], 'strikes', strikes + 1, 'lasted', math.ceil(ms))
end
local till = math.max(before, now + ms)
if ARGV[6] == '1' and not going_on then
  local rate = rate_now(KEYS[2], tonumber(ARGV[4]), tonumber(ARGV[5]))
  redis.call('HSET', KEYS[2], 'cut', rate / 2)
end
if ARGV[6] == '1' then redis.call('HSET', KEYS[2], 'cut_until', string.format('%.3f', till)) end
redis.call('HSET', KEYS[1], 'until', string.format('%.3f', till), 'reason', ARGV[3])
kept(KEYS[1])
return math.ceil(till - now)
"""
)

# Notes what an answer cost, and what it says of the limits.
# KEYS: site, endpoint, points. ARGV: rate, our share, points, workspace, limit or "", remaining or
# "", share of the points left or "", ms until they are new or "".
HEARD: Final = (
    _BEGIN
    + """
local hour = math.floor(now / 3600000)
if number(redis.call('HGET', KEYS[3], 'hour')) ~= hour then
  redis.call('DEL', KEYS[3])
  redis.call('HSET', KEYS[3], 'hour', hour)
  redis.call('PEXPIRE', KEYS[3], 2 * 3600000)
end
redis.call('HINCRBY', KEYS[3], 'all', ARGV[3])
redis.call('HINCRBY', KEYS[3], ARGV[4], ARGV[3])
if ARGV[7] ~= '' then
  local till = number(ARGV[8]) and now + ARGV[8] or (hour + 1) * 3600000
  redis.call('HSET', KEYS[1], 'left', ARGV[7], 'left_until', string.format('%.3f', till))
  kept(KEYS[1])
end
if ARGV[5] ~= '' then redis.call('HSET', KEYS[2], 'limit', ARGV[5]) end
if ARGV[6] ~= '' then
  local each = 1000 / rate_now(KEYS[2], tonumber(ARGV[1]), tonumber(ARGV[2]))
  local at = number(redis.call('HGET', KEYS[2], 'at')) or 0
  redis.call('HSET', KEYS[2], 'at', string.format('%.3f', math.max(at, now - ARGV[6] * each)))
end
if ARGV[5] ~= '' or ARGV[6] ~= '' then kept(KEYS[2]) end
"""
)
