"""The budget in Redis: buckets of tokens by site and endpoint, pauses, and points by the hour."""

import random
from dataclasses import dataclass
from typing import Final

from redis.asyncio import Redis

from services.kernel.ids import WorkspaceId
from services.sync.budget.scripts import HEARD, REFUSED, TAKE
from services.sync.domain.lanes import Lane
from services.sync.domain.limits_said import BURST, Refusal, Room, Scope
from services.sync.domain.rates import OUR_SHARE, rate_of

# For how long a call may stand in line for its token: those of later lanes only where it is short,
# so that sooner ones never stand behind many of them.
LINE_MILLISECONDS: Final = {
    Lane.INTERACTIVE: 2000,
    Lane.REFRESH: 2000,
    Lane.DELTA: 1000,
    Lane.BACKFILL: 500,
}
# Of an hour's points so much is left to sooner lanes; what a person waits for may have the last.
# Sites tell what is left when it is a fifth: then backfills stop.
POINTS_LEFT: Final = {
    Lane.INTERACTIVE: -1.0,
    Lane.REFRESH: 0.02,
    Lane.DELTA: 0.05,
    Lane.BACKFILL: 0.2,
}
# A workspace that has had more than its share of them is last, whatever its lane.
POINTS_LEFT_TO_OTHERS: Final = 0.2


@dataclass(frozen=True, slots=True)
class Payer:
    """On whose account calls are made."""

    workspace_id: WorkspaceId
    lane: Lane


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a call may be made: with no reason it has its token, to be used after the wait.

    Else the reason says why it has none. `now_microseconds` is Redis' time: the one clock here.
    """

    reason: str
    wait_milliseconds: int
    now_microseconds: int = 0


AT_ONCE: Final = Verdict("", 0)


class Buckets:
    """Tells what may be asked of sites, to every worker the same; RedisError where it cannot."""

    def __init__(self, redis: Redis) -> None:
        self._take = redis.register_script(TAKE)
        self._refused = redis.register_script(REFUSED)
        self._heard = redis.register_script(HEARD)

    async def take(self, origin: str, endpoint: str, payer: Payer) -> Verdict:
        """Take a token, to be used when what the verdict says is over."""
        return await self._ask(origin, endpoint, payer, "take")

    async def look(self, origin: str, endpoint: str, payer: Payer) -> Verdict:
        """Tell whether a token that was taken may be used by now."""
        return await self._ask(origin, endpoint, payer, "look")

    async def _ask(self, origin: str, endpoint: str, payer: Payer, how: str) -> Verdict:
        reason, wait, now = await self._take(
            keys=_keys(origin, endpoint),
            args=[
                rate_of(endpoint),
                OUR_SHARE,
                LINE_MILLISECONDS[payer.lane],
                POINTS_LEFT[payer.lane],
                payer.workspace_id,
                POINTS_LEFT_TO_OTHERS,
                how,
            ],
        )
        return Verdict(reason.decode(), wait, now)

    async def refused(self, origin: str, endpoint: str, refusal: Refusal) -> int:
        """Note a refusal for everybody; gives after how many milliseconds to ask again."""
        site, called, _ = _keys(origin, endpoint)
        jitter = 0.7 + 0.6 * random.random()
        said = "" if refusal.milliseconds is None else refusal.milliseconds
        burst = int(refusal.reason == BURST)
        waited = await self._refused(
            keys=[site if refusal.scope is Scope.SITE else called, called],
            args=[said, jitter, refusal.reason, rate_of(endpoint), OUR_SHARE, burst],
        )
        return int(waited)

    async def heard(
        self, origin: str, endpoint: str, payer: Payer, *, cost: int, room: Room
    ) -> None:
        """Note what an answer cost and what it says."""
        points = room.points
        left, until_anew = (points.share_left, points.milliseconds) if points else (None, None)
        said = (room.limit, room.remaining, left, until_anew)
        told = ["" if each is None else each for each in said]
        await self._heard(
            keys=_keys(origin, endpoint),
            args=[rate_of(endpoint), OUR_SHARE, cost, payer.workspace_id, *told],
        )


def _keys(origin: str, endpoint: str) -> list[str]:
    site = f"budget:{{{origin}}}"
    return [site, f"{site}:{endpoint}", f"{site}:points"]
