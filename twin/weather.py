"""Answers that go wrong by seed: slow, cut off, broken, or a page of HTML in place of them."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from twin.answers import unavailable
from twin.faults import cut_off
from twin.luck import Lucks
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
    """Decides of each call what becomes of it.

    Each path has a luck of its own: calls to others may come in between, and change nothing.
    """

    weather: Weather = field(default_factory=Weather)
    met: Counter[Turn] = field(default_factory=Counter)  # what became of calls so far
    _lucks: Lucks = field(default_factory=lambda: Lucks(1))

    def change(self, weather: Weather) -> None:
        """Go wrong so from now on."""
        self.weather, self._lucks = weather, Lucks(weather.seed)

    def turn(self, path: str) -> Turn:
        """Decide what becomes of the next call of a path."""
        point = self._lucks.of(path).random()
        for turn in _TROUBLES:
            point -= getattr(self.weather, turn.value)
            if point < 0:
                self.met[turn] += 1
                return turn
        return Turn.GOOD

    async def delay(self, path: str) -> None:
        """Wait as long as a slow call does."""
        await asyncio.sleep(self._lucks.of(path).uniform(0, self.weather.slow_ms) / 1000)

    def outage(self, path: str) -> web.Response:
        """Answer as what stands in front of Jira does."""
        luck = self._lucks.of(path)
        status = luck.choice(_STATUSES)
        told = status == _UNAVAILABLE and luck.random() < 0.5  # noqa: PLR2004 - a half
        return unavailable(status, retry_after_seconds=1 if told else None)

    def broken(self, path: str) -> web.Response:
        """Answer 200 with what is no answer."""
        body = self._lucks.of(path).choice(_BROKEN)
        return web.Response(body=body, content_type="application/json")


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
            return skies.broken(request.path)
        case _:
            return whole
