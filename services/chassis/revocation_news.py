"""News of revocations, as processes tell each other."""

import json
from collections.abc import Sequence
from typing import Any, Final

from redis.asyncio import Redis

from services.chassis import news
from services.kernel.revocation import Revocation

CHANNEL: Final = "news:revocations"


async def tell_revocations(redis: Redis, revocations: Sequence[Revocation]) -> None:
    """Tell every process; never fails."""
    told = [[one.subject, one.version, one.revoked] for one in revocations]
    await news.tell(redis, CHANNEL, json.dumps(told))


def revocations_of(data: bytes) -> list[Revocation]:
    """Read what was told; nothing where it is none of that."""
    try:
        told: Any = json.loads(data)
        return [_read(*one) for one in told]
    except (ValueError, TypeError):
        return []


def _read(subject: object, version: object, revoked: object) -> Revocation:
    if type(subject) is not str or type(version) is not int or type(revoked) is not int:
        raise ValueError("no revocation")
    return Revocation(subject, version, revoked)
