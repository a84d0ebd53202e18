"""The queue's server: how it is called, and what a put asks of it.

It is to hold all keys and, where that is asked for, its replicas are to have heard of the put.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import AskError, ClusterCrossSlotError, ClusterDownError, RedisError

BLOCKING_SOCKET_SECONDS: Final = 20
# BullMQ's own patience is 20 tries up to 20 s apart: it would sleep on when Redis is back.
CALL_TRIES: Final = 5
LONGEST_PAUSE_SECONDS: Final = 0.5
# A replica that keeps up answers within milliseconds.
HEARD_MILLISECONDS: Final = 1000


class OneOfMany(RedisError):
    """The queue's address is that of one server of a cluster, which holds a part of the keys."""

    def __init__(self, said: Exception) -> None:
        super().__init__(
            "the queue needs a server that holds all keys, and this one is part of a cluster: let "
            f"REDIS_QUEUE_URL name one without cluster mode, or what leads to its primary ({said})"
        )


class TooFewReplicas(RedisError):
    """Fewer replicas than asked for have heard of a put in time; it stands where it was made."""

    def __init__(self, heard: int, asked: int) -> None:
        super().__init__(f"{heard} of {asked} replicas of the queue have heard of a put in time")
        self.heard = heard
        self.asked = asked


def blocking(url: str) -> str:
    """Give the queue's address with a socket timeout above the blocking wait."""
    return f"{url}{'&' if '?' in url else '?'}socket_timeout={BLOCKING_SOCKET_SECONDS}"


def impatient(*clients: Redis) -> None:
    """Let calls fail soon while Redis is away, so that they are made again as soon as it is back.

    To be done before the first call: it is then that a client's connection is made.
    """
    for client in clients:
        client.set_retry(Retry(ExponentialBackoff(LONGEST_PAUSE_SECONDS, 0.05), CALL_TRIES))


@contextmanager
def all_keys_in_one() -> Iterator[None]:
    """Have OneOfMany raised where a server says that keys are another one's."""
    try:
        yield
    except (AskError, ClusterCrossSlotError, ClusterDownError) as said:
        raise OneOfMany(said) from said


async def heard_by(redis: Redis, amount: int, *, mark: str) -> None:
    """Wait until so many replicas have heard of what was written so far; TooFewReplicas if not.

    The server looks at what its caller wrote last: so a mark is written first, by the same way.
    """
    async with redis.pipeline(transaction=False) as both:
        both.incr(mark)
        both.wait(amount, HEARD_MILLISECONDS)
        _, heard = await both.execute()
    if heard < amount:
        raise TooFewReplicas(heard, amount)
