"""Small plots: one bar a line, all of a plot on one scale."""

from rich.bar import Bar
from rich.console import RenderableType
from rich.text import Text


def bar(value: float | None, *, longest: float, width: int, style: str = "cyan") -> RenderableType:
    """Draw a value as a bar, `width` characters where it is the longest, a trace where tiny."""
    if value is None or not longest:
        return Text(" ")
    least = longest / (width * 8)
    return Bar(longest, 0, max(value, least) if value else 0, width=width, color=style)
