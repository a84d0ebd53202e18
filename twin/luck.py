"""Luck that a seed decides, apart for each thing it is asked about.

Of calls that come at once it is chance which is first; so what becomes of one must not depend on
the others, or a seed would not do the same again.
"""

from dataclasses import dataclass, field
from random import Random

_MOST = 10_000  # then all are forgotten


@dataclass(slots=True)
class Lucks:
    """One generator for each thing, by what it is called."""

    seed: int
    _lucks: dict[str, Random] = field(default_factory=dict)

    def of(self, thing: object) -> Random:
        """Give the generator of a thing, which goes on where it stopped."""
        name = f"{self.seed}:{thing!r}"
        if name not in self._lucks:
            if len(self._lucks) == _MOST:
                self._lucks.clear()
            self._lucks[name] = Random(name)
        return self._lucks[name]
