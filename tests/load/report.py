"""What was measured, and the page it is written to."""

import os
import platform
import statistics
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "performance.md"


@dataclass(frozen=True, slots=True)
class Figure:
    """One quantity, measured several times. `budget` is what it may be, in words."""

    name: str
    unit: str
    values: Sequence[float]
    budget: str = ""

    def row(self) -> str:
        """Give the figure as a row of a table: least, median, greatest."""
        shown = (min(self.values), statistics.median(self.values), max(self.values))
        cells = " | ".join(_shown(value) for value in shown)
        return f"| {self.name} | {self.unit} | {cells} | {self.budget} |"


@dataclass(frozen=True, slots=True)
class Section:
    """Figures that were measured together, and how."""

    title: str
    about: str
    figures: Sequence[Figure]

    def text(self) -> str:
        """Give the section in Markdown."""
        head = "| what | unit | min | median | max | budget |\n|---|---|---|---|---|---|"
        rows = "\n".join(figure.row() for figure in self.figures)
        return f"## {self.title}\n\n{self.about}\n\n{head}\n{rows}\n"


def _shown(value: float) -> str:
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def machine() -> str:
    """Say what machine this is."""
    cpu = platform.processor()
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            cpu = line.partition(":")[2].strip()
            break
    return f"{os.cpu_count()} cores, {cpu}, {platform.system()}, Python {platform.python_version()}"


def _revision() -> str:
    command = ["git", "rev-parse", "--short", "HEAD"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def put(sections: Sequence[Section], command: str) -> Path:
    """Put sections that were measured by themselves into the page, in place of what they were."""
    page = PAGE.read_text()
    for section in sections:
        itself = replace(section, about=f"{section.about}\n\n{_written(command)}")
        before, _, rest = page.partition(f"## {section.title}\n")
        after = rest.partition("\n## ")[2]
        page = f"{before.rstrip()}\n\n{itself.text()}"
        page += f"\n## {after}" if after else ""
    PAGE.write_text(page)
    return PAGE


def _written(command: str) -> str:
    date = datetime.now(UTC).date().isoformat()
    return f"Written by `{command}` on {date}, at revision {_revision()}, on: {machine()}."
