"""Playing while a site serves: begun, paused and gone on with by whoever asks for it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from twin.answers import Refusal
from twin.clock import Clock
from twin.history import JsonObject
from twin.playing import Play, Played
from twin.world import World

_LONGEST_SLEEP_SECONDS = 0.5  # the clock may be moved meanwhile
_SHORTEST_SLEEP_SECONDS = 0.001
_MOST_TOLD = 200  # events in one answer


@dataclass(slots=True)
class Player:
    """The history of one site, which stands still until it is told to go on."""

    world: World
    clock: Clock
    tell: Callable[[Played], None] | None = None
    _play: Play | None = None
    _moved: asyncio.Event = field(default_factory=asyncio.Event)

    def go_on_at(self, speed: float) -> None:
        """Go on so much faster than it was, from where it is; 0 pauses.

        Refusal where the site has no moment after which anything comes.
        """
        if self.world.moment.at_ms is None:
            raise Refusal("Nothing lies ahead of this site: it was not started with --now-is.")
        if self._play is None:
            self._play = Play(self.world, self.clock, 0.0, self.tell)
        self._play.go_on_at(speed)
        self._moved.set()

    async def run(self) -> None:
        """Play each event when it is due, until it is cancelled."""
        while True:
            await self._moved.wait()
            self._moved.clear()
            while self._play is not None and self._play.speed and not self._play.is_over:
                self._play.play_due()
                seconds = max(self._play.wait_ms() / 1000, _SHORTEST_SLEEP_SECONDS)
                await asyncio.sleep(min(seconds, _LONGEST_SLEEP_SECONDS))

    def report(self, *, after: int = 0) -> JsonObject:
        """Tell how far it is, and of the events whose number is higher than `after`."""
        play = self._play
        if play is None:
            return {"speed": 0, "over": False, "played": 0, "events": None, "latest": []}
        told = [one for one in play.latest if one.number > after]
        return {
            "speed": play.speed,
            "over": play.is_over,
            "played": play.played,
            "events": len(play.events),
            "then_ms": play.then_ms(),
            "counted": dict(play.counted),
            "latest": [_written(one) for one in told[:_MOST_TOLD]],
        }


def _written(played: Played) -> JsonObject:
    return {
        "number": played.number,
        "then_ms": played.then_ms,
        "at_ms": played.at_ms,
        "kind": played.kind,
        "key": played.key,
        "level": played.level,
        "said": played.said,
    }
