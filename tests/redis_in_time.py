"""Redis whose scripts are told the time by a test: hours pass in a second."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from redis.asyncio import Redis
from redis.commands.core import AsyncScript

from twin.clock import Past

REDIS_TIME: Final = "redis.call('TIME')"
# A script's last two arguments, in the shape of what Redis gives: seconds, and what is beyond them.
TOLD_TIME: Final = "{ARGV[#ARGV - 1], ARGV[#ARGV]}"


@dataclass(frozen=True, slots=True)
class _Timed:
    script: AsyncScript
    time: Past

    async def __call__(self, keys: Sequence[str], args: Sequence[Any]) -> Any:
        seconds, milliseconds = divmod(self.time.at_ms, 1000)
        return await self.script(keys, [*args, seconds, milliseconds * 1000])


@dataclass(frozen=True, slots=True)
class _InTime:
    redis: Redis
    time: Past

    def register_script(self, text: str) -> _Timed:
        assert REDIS_TIME in text, "a script asks for the time in another way"
        return _Timed(self.redis.register_script(text.replace(REDIS_TIME, TOLD_TIME)), self.time)


def in_time(redis: Redis, time: Past) -> Redis:
    """Give what registers scripts as Redis does, each of which asks for the time."""
    return cast("Redis", _InTime(redis, time))
