"""The webhooks of a world: told late, twice, out of order or not at all."""

import heapq
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random
from typing import Final

from services.kernel.errors import ProductError
from services.kernel.ids import ConnectionId
from services.sync.hooks.receiving import Delivery
from twin.answers import compact
from twin.hooks.delivering import signature
from twin.hooks.payloads import bodies
from twin.hooks.retrying import HookTrouble, planned
from twin.records import Happening
from twin.site import Site

SECRET: Final = "told-once"
Intake = Callable[[Delivery], Awaitable[object]]


@dataclass(slots=True)
class Post:
    """Keeps what is to be told, and tells it when it is due: whenever somebody does something."""

    site: Site
    connection_id: ConnectionId
    trouble: HookTrouble | None
    intake: Intake | None = None
    met: Counter[str] = field(default_factory=Counter)
    _waiting: list[tuple[int, int, Delivery]] = field(default_factory=list)
    _order: int = 0
    _luck: Random = field(init=False)

    def __post_init__(self) -> None:
        self._luck = Random(self.trouble.seed if self.trouble else 0)
        self.site.world.listeners.append(self._note)

    def _note(self, happening: Happening) -> None:
        if self.trouble is None:
            return
        for body in bodies(self.site.wire, happening, self.site.clock.now_ms()):
            plan = planned(self.trouble, self._luck)
            written = compact(body).encode()
            identifier = str(uuid.UUID(int=self._luck.getrandbits(128), version=4))
            signed = signature(SECRET, written)
            delivery = Delivery(self.connection_id, signed, identifier, written)
            self.met["hook dropped"] += not plan.waits_ms
            self.met["hook doubled"] += len(plan.waits_ms) > 1
            for wait_ms in plan.waits_ms:
                self._order += 1
                due_ms = self.site.clock.elapsed_ms() + wait_ms
                heapq.heappush(self._waiting, (due_ms, self._order, delivery))

    async def tell_due(self) -> None:
        """Tell what is due; what is refused, or cannot be taken now, is not told again."""
        now_ms = self.site.clock.elapsed_ms()
        while self.intake is not None and self._waiting and self._waiting[0][0] <= now_ms:
            delivery = heapq.heappop(self._waiting)[2]
            try:
                await self.intake(delivery)
                self.met["hook told"] += 1
            except ProductError as refused:
                self.met[f"hook refused: {type(refused).__name__}"] += 1

    def stop(self) -> None:
        """Tell nothing any more."""
        self.trouble = None
        self._waiting.clear()
