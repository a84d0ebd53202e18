"""The product's own budget of a site, by a world's time: over real Redis, or where that is away."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Any, NoReturn, cast

from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.sync.budget.allowances import WAITS, Budget
from services.sync.budget.buckets import Buckets
from services.sync.budget.careful import Careful
from tests.redis_in_time import in_time
from twin.clock import Past


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

    counted = cast("Redis", _Away()) if away else in_time(redis, time)
    careful = Careful(lambda: time.at_ms / 1000)
    return Budget(Buckets(counted), time, careful, sleep)


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
