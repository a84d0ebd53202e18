"""What becomes of a worker: it dies, freezes or loses its store at a moment that luck picks.

Its moments are those before and after each call of its stores, and each call that the site hears.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar, cast

from services.kernel.errors import StoreUnavailable
from tests.soak.plan import Kind, Step

T = TypeVar("T")
LAST_MOMENT: Final = 24
FELL: Final = frozenset({Kind.DIES, Kind.KILLED, Kind.LOST, Kind.FREEZES})


@dataclass(slots=True)
class Doom:
    """What happens at the so-many-th moment from now."""

    kind: Kind
    moments: int

    @classmethod
    def of(cls, step: Step) -> "Doom":
        """Draw when it happens."""
        return cls(step.kind, step.luck.randint(1, LAST_MOMENT))


@dataclass(slots=True)
class Fate:
    """The fate of one worker at one job."""

    dooms: list[Doom]
    stop: Callable[[], None]  # tells the worker to stop
    cancel: Callable[[], Awaitable[None]]  # gives its job up, as somebody who asks for that
    say: Callable[[str], None]
    meanwhile: Callable[[], Awaitable[None]]  # what happens beside the worker
    task: "asyncio.Task[None] | None" = None
    other: asyncio.Event | None = None  # thaws another one that froze
    frozen: asyncio.Event = field(default_factory=asyncio.Event)
    thawed: asyncio.Event = field(default_factory=asyncio.Event)
    met: list[Kind] = field(default_factory=list)
    _lived: int = 0

    @property
    def fell(self) -> bool:
        """Whether the worker did not come to an end of its own."""
        return not FELL.isdisjoint(self.met)

    @property
    def forgotten(self) -> bool:
        """Whether the queue lost the job with its worker."""
        return Kind.LOST in self.met

    async def moment(self, where: str) -> None:
        """Live through a moment at a store."""
        self._lived += 1
        await self.meanwhile()
        if self.other is not None and self._lived > LAST_MOMENT // 4:
            self.other.set()
        doom = self._due(at_store=True)
        if doom is None:
            return
        self._meet(doom, where)
        match doom.kind:
            case Kind.DIES | Kind.LOST:
                raise asyncio.CancelledError
            case Kind.STORE:
                raise StoreUnavailable
            case Kind.STOPS:
                self.stop()
            case Kind.CANCELLED:
                await self.cancel()
            case Kind.FREEZES:
                self.frozen.set()
                await self.thawed.wait()

    def called(self) -> None:
        """Live through a call of the site."""
        doom = self._due(at_store=False)
        if doom is not None and self.task is not None:
            self._meet(doom, "a call of the site")
            self.task.cancel()

    def _due(self, *, at_store: bool) -> Doom | None:
        for doom in self.dooms:
            if at_store is (doom.kind is not Kind.KILLED):
                doom.moments -= 1
                if doom.moments <= 0:
                    self.dooms.remove(doom)
                    return doom
        return None

    def _meet(self, doom: Doom, where: str) -> None:
        self.met.append(doom.kind)
        self.say(f"{doom.kind}: {where}")


class _Mortal:
    """A store whose every call is two moments of its worker: before it, and after it is done."""

    def __init__(self, real: object, fate: Fate) -> None:
        self._real = real
        self._fate = fate

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._real, name)

        async def mortal(*args: Any, **kwargs: Any) -> Any:
            await self._fate.moment(f"before {name}")
            answer = await call(*args, **kwargs)
            await self._fate.moment(f"after {name}")
            return answer

        return mortal


def mortal(real: T, fate: Fate) -> T:
    """Give a store as a worker of this fate has it."""
    return cast("T", _Mortal(real, fate))
