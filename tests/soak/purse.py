"""The product's own budget of a site, by a world's time: over real Redis, or where that is away."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NoReturn, cast

from redis.asyncio import Redis
from redis.commands.core import AsyncScript
from redis.exceptions import RedisError

from services.sync.budget.allowances import WAITS, Budget
from services.sync.budget.buckets import Buckets
from services.sync.budget.careful import Careful
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
    """Redis whose scripts are told the time, which is the world's."""

    redis: Redis
    time: Past

    def register_script(self, text: str) -> _Timed:
        assert REDIS_TIME in text, "a script of the budget asks for the time in another way"
        return _Timed(self.redis.register_script(text.replace(REDIS_TIME, TOLD_TIME)), self.time)


class _Away:
    """Redis that does not answer."""

    def register_script(self, _text: str) -> "_Away":
        return self

    async def __call__(self, keys: Sequence[str], args: Sequence[Any]) -> NoReturn:
        raise RedisError("away")


def budget(redis: Redis, time: Past, *, away: bool) -> Budget:
    """Build the budget: who sleeps for a token lets the world's time pass."""

    async def sleep(seconds: float) -> None:
        time.at_ms += round(seconds * 1000)
        await asyncio.sleep(0)

    counted = _Away() if away else _InTime(redis, time)
    careful = Careful(lambda: time.at_ms / 1000)
    return Budget(Buckets(cast("Redis", counted)), time, careful, sleep)


def waits() -> Counter[str]:
    """Count the waits for the budget in this process, by why and how."""
    samples = [sample for metric in WAITS.collect() for sample in metric.samples]
    return Counter(
        {
            f"budget: {one.labels['reason']}, {one.labels['how']}": int(one.value)
            for one in samples
            if one.name.endswith("_total")
        }
    )
