"""Workload: who holds how much of the work in progress, and for how long it has been going on."""

from rich.console import Group
from rich.table import Table
from rich.text import Text

from client.show.bars import bar
from client.show.figures import NONE, count_in_words, count_of, span_of
from client.show.frame import NARROW, framed, indented, note, plain_table
from client.show.names import name
from client.show.spans import in_days
from jira_analytics.analytics.v1.analytics_pb2 import Person, Workload

BAR = 40
NARROW_BAR = 20
NAME = 30


def show_workload(workload: Workload, *, width: int) -> Group:
    """Lay the work in progress out for a terminal `width` characters wide, person by person."""
    unassigned = count_of(workload, "unassigned_count")
    total = sum(person.wip for person in workload.people) + (unassigned or 0)
    if not total:
        nothing = note("no item was in progress at the end of the window")
        return framed("Workload", workload.provenance, nothing)
    held = f"{total - (unassigned or 0):,} of {total:,} items in progress are somebody's"
    table = _table(workload, unassigned, bars=NARROW_BAR if width < NARROW else BAR)
    meaning = note("total age: how long ago a person's items were started, added up")
    return framed(
        "Workload", workload.provenance, indented(table), "", indented(Text(held)), meaning
    )


def _named(person: Person) -> Text:
    """Name a person, and say so where the site lets them work no more."""
    called = person.display_name or person.account_id
    gone = person.HasField("active") and not person.active
    return name(f"{called} (inactive)", "dim") if gone else name(called, "bold")


def _table(workload: Workload, unassigned: int | None, *, bars: int) -> Table:
    table = plain_table()
    table.add_column("person", max_width=NAME, overflow="ellipsis", no_wrap=True)
    table.add_column("in progress", no_wrap=True)
    for title in ("", "total age", "mean age"):
        table.add_column(title, justify="right", no_wrap=True)
    longest = max([*(person.wip for person in workload.people), unassigned or 0])
    for person in workload.people:
        wip, age = count_of(person, "wip"), span_of(person, "age")
        table.add_row(
            _named(person),
            bar(wip, longest=longest, width=bars, style="green"),
            count_in_words(wip),
            NONE if age is None else in_days(age),
            NONE if age is None or not wip else in_days(age / wip),
        )
    if unassigned:
        alone = bar(unassigned, longest=longest, width=bars, style="yellow")
        nobody = Text("nobody", style="italic")
        table.add_row(nobody, alone, count_in_words(unassigned), NONE, NONE)
    return table
