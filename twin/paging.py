"""How paging goes wrong, by seed: tokens too old or given twice, empty pages, short ones."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from twin.luck import Lucks

Share = Annotated[float, Field(ge=0, le=1)]


class PagingTrouble(BaseModel):
    """Which share of pages goes wrong, and how; what is left of 1 is as it should be."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seed: int = 1
    expired: Share = 0  # the token it gives is too old at once
    repeated: Share = 0  # it gives the token that it was asked with
    empty: Share = 0  # it holds nothing, and goes on with what it should have held
    short: Share = 0  # it holds fewer than were asked for


class Turn(StrEnum):
    """What becomes of one page."""

    GOOD = "good"
    EXPIRED = "expired"
    REPEATED = "repeated"
    EMPTY = "empty"
    SHORT = "short"


@dataclass(slots=True)
class Paging:
    """Decides of each page what becomes of it."""

    trouble: PagingTrouble = field(default_factory=PagingTrouble)
    met: Counter[Turn] = field(default_factory=Counter)  # what became of pages so far
    _lucks: Lucks = field(default_factory=lambda: Lucks(1))

    def trouble_with(self, trouble: PagingTrouble) -> None:
        """Go wrong so from now on."""
        self.trouble, self._lucks = trouble, Lucks(trouble.seed)

    def turn(self, walk: object) -> Turn:
        """Decide what becomes of the next page of a walk, which is known by what it asks for."""
        asked, point = self.trouble, self._lucks.of(walk).random()
        for turn in (Turn.EXPIRED, Turn.REPEATED, Turn.EMPTY, Turn.SHORT):
            point -= getattr(asked, turn.value)
            if point < 0:
                self.met[turn] += 1
                return turn
        return Turn.GOOD

    def size(self, turn: Turn, asked: int, walk: object) -> int:
        """Give how many a page holds at most."""
        if turn is Turn.EMPTY:
            return 0
        return self._lucks.of(walk).randint(1, asked) if turn is Turn.SHORT else asked
