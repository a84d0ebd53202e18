"""Lists of things, one a line."""

from collections.abc import Iterable

from google.protobuf.timestamp_pb2 import Timestamp
from rich.console import Group
from rich.table import Table
from rich.text import Text

from client.show.figures import NONE
from client.show.names import name

Cell = str | Text


def listing(*columns: str) -> Table:
    """Make a table of plain lines; ids are never broken, as they are there to be copied."""
    table = Table(box=None, header_style="dim", pad_edge=False, padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column, no_wrap=column == "id", overflow="fold")
    return table


def filled(table: Table, rows: Iterable[tuple[Cell, ...]]) -> Table:
    """Put rows in; what is a plain string comes from elsewhere, and is shown as a name."""
    for row in rows:
        table.add_row(*(name(cell) if isinstance(cell, str) else cell for cell in row))
    return table


def with_note(table: Table, note: str) -> Group:
    """Put a remark under a list."""
    return Group(table, "", Text(note, style="dim"))


def stamp(timestamp: Timestamp, *, missing: str = NONE) -> str:
    """Say an instant by the clocks of UTC, to the minute; one that is not there as `missing`.

    >>> stamp(Timestamp(seconds=3600)), stamp(Timestamp(), missing="never")
    ('1970-01-01 01:00 UTC', 'never')
    """
    if not timestamp.seconds:
        return missing
    return f"{timestamp.ToDatetime():%Y-%m-%d %H:%M} UTC"


def word(enumerated: str) -> str:
    """Say a word of the contract as people do.

    >>> word("NEEDS_CREDENTIALS")
    'needs credentials'
    """
    return enumerated.lower().replace("_", " ")
