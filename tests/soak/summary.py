"""What a soak met, summed up over its worlds."""

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from rich.bar import Bar
from rich.console import Console
from rich.table import Table

from tests.soak.plan import SYNCS, Kind
from tests.soak.soaking import Outcome

WIDTH: Final = 40
# Of so many worlds, something that befell none of them shows that the soak is not what it says.
MANY: Final = 100
ALWAYS: Final = SYNCS | {Kind.PEOPLE, Kind.READ}


@dataclass(slots=True)
class Totals:
    """Sums over worlds, and those that failed."""

    begun: float = field(default_factory=time.monotonic)
    worlds: int = 0
    counted: Counter[str] = field(default_factory=Counter)
    jobs: Counter[str] = field(default_factory=Counter)
    met: Counter[str] = field(default_factory=Counter)
    failed: list[Outcome] = field(default_factory=list)

    def add(self, outcome: Outcome) -> None:
        """Add a world."""
        self.worlds += 1
        self.counted["issues"] += outcome.issues
        self.counted["edits"] += outcome.edits
        self.counted["calls of the sites"] += outcome.calls
        self.jobs += outcome.jobs
        self.met += outcome.met
        if outcome.findings:
            self.failed.append(outcome)

    @property
    def unmet(self) -> list[str]:
        """What of all that may befall a world befell none of many."""
        if self.worlds < MANY:
            return []
        return sorted(
            kind.value for kind in Kind if kind not in ALWAYS and not self.met[kind.value]
        )

    def show(self, console: Console) -> None:
        """Show the sums, and what was met how often."""
        seconds = time.monotonic() - self.begun
        console.print(f"{self.worlds} worlds in {seconds:.0f} s, {self.worlds / seconds:.2f} a s")
        for name, count in self.counted.items():
            console.print(f"{count:>9,} {name}")
        console.print(_plot("syncs", self.jobs))
        console.print(_plot("met", self.met))
        for kind in self.unmet:
            console.print(f"no world met this: {kind}")
        console.print(f"{len(self.failed)} of {self.worlds} worlds failed")


def _plot(title: str, counted: Counter[str]) -> Table:
    table = Table(title, "times", "", box=None, title_justify="left")
    most = max(counted.values(), default=1)
    for name, count in counted.most_common():
        table.add_row(name, f"{count:,}", Bar(most, 0, count, width=WIDTH))
    return table
