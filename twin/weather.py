"""Answers that go wrong by seed: slow, cut off, broken, or a page of HTML in place of them."""

import asyncio
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from twin.answers import unavailable
from twin.faults import cut_off
from twin.paging import Share

_MAX_DELAY_MS = 600_000
_UNAVAILABLE = 503
_STATUSES = (500, 502, 503, 504)
# What stands in for an answer: none of it can be taken for a good one of any call.
_BROKEN = (b"{}", b"null", b'{"issues": [{"id": ', b"\xff\xfe{", b"<html>Log in</html>")


class Weather(BaseModel):
    """Which share of the calls goes wrong, and how; what is left of 1 goes well."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seed: int = 1
    slow: Share = 0
    slow_ms: Annotated[int, Field(ge=0, le=_MAX_DELAY_MS)] = 1_000  # at most
    cut: Share = 0  # half an answer, then the connection is dropped
    dropped: Share = 0  # the call is done, and the connection dropped without an answer
    broken: Share = 0  # 200, and what is no answer
    unavailable: Share = 0  # 5xx in HTML; a 503 now and then with Retry-After


class Turn(StrEnum):
    """What becomes of one call."""

    GOOD = "good"
    SLOW = "slow"
    CUT = "cut"
    DROPPED = "dropped"
    BROKEN = "broken"
    UNAVAILABLE = "unavailable"


_TROUBLES = (Turn.SLOW, Turn.CUT, Turn.DROPPED, Turn.BROKEN, Turn.UNAVAILABLE)


@dataclass(slots=True)
class Skies:
    """Decides of each call what becomes of it."""

    weather: Weather = field(default_factory=Weather)
    _luck: Random = field(default_factory=lambda: Random(1))

    def change(self, weather: Weather) -> None:
        """Go wrong so from now on."""
        self.weather, self._luck = weather, Random(weather.seed)

    def turn(self) -> Turn:
        """Decide what becomes of the next call."""
        point = self._luck.random()
        for turn in _TROUBLES:
            point -= getattr(self.weather, turn.value)
            if point < 0:
                return turn
        return Turn.GOOD

    async def delay(self) -> None:
        """Wait as long as a slow call does."""
        await asyncio.sleep(self._luck.uniform(0, self.weather.slow_ms) / 1000)

    def outage(self) -> web.Response:
        """Answer as what stands in front of Jira does."""
        status = self._luck.choice(_STATUSES)
        told = status == _UNAVAILABLE and self._luck.random() < 0.5  # noqa: PLR2004 - a half
        return unavailable(status, retry_after_seconds=1 if told else None)

    def broken(self) -> web.Response:
        """Answer 200 with what is no answer."""
        return web.Response(body=self._luck.choice(_BROKEN), content_type="application/json")


async def spoiled(
    request: web.Request, whole: web.StreamResponse, turn: Turn, skies: Skies
) -> web.StreamResponse:
    """Give what arrives of an answer."""
    match turn:
        case Turn.CUT if isinstance(whole, web.Response):
            return await cut_off(request, whole)
        case Turn.DROPPED:
            if request.transport is not None:
                request.transport.abort()
            return whole
        case Turn.BROKEN:
            return skies.broken()
        case _:
            return whole
