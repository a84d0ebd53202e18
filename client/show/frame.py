"""What every answer is shown in: which window, of what, how complete."""

from datetime import datetime
from zoneinfo import ZoneInfo

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from client.refusals import UPDATE
from client.show.figures import count_of
from client.show.spans import day_in_words, local, moment_in_words
from client.show.windows import window_in_words
from jira_analytics.analytics.v1.analytics_pb2 import Provenance
from jira_analytics.sync.v1.connection_pb2 import Connection

INDENT = (0, 0, 0, 2)
NARROW = 100


def framed(title: str, provenance: Provenance, *parts: RenderableType) -> Group:
    """Put an answer between its heading and the word on its completeness."""
    return Group(
        "", _heading(title, provenance), "", *parts, "", indented(_completeness(provenance))
    )


def indented(part: RenderableType) -> Padding:
    """Set a part in from the margin."""
    return Padding(part, INDENT, expand=False)


def section(title: str, said: str = "") -> Text:
    """Make the title of a part, with a word on what it shows."""
    return Text.assemble((title, "bold"), (f"  {said}" if said else "", "dim"))


def note(words: str) -> Padding:
    """Make a remark under a part."""
    return indented(Text(words, style="dim"))


def plain_table() -> Table:
    """Make a table that is all figures and no lines."""
    return Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))


def moments(provenance: Provenance) -> tuple[datetime, datetime, datetime]:
    """Tell the window's two ends and the instant it is seen from, by the answer's clocks."""
    zone = ZoneInfo(provenance.time_zone)
    period = provenance.period
    return (
        local(period.start_time, zone),
        local(period.end_time, zone),
        local(provenance.as_of_time, zone),
    )


def _heading(title: str, provenance: Provenance) -> Text:
    start, end, as_of = moments(provenance)
    return Text.assemble(
        (title, "bold cyan"),
        "  ",
        window_in_words(start, end),
        (f"\n  in {provenance.time_zone}, seen from {_seen_from(as_of)}", "dim"),
    )


def _seen_from(as_of: datetime) -> str:
    return f"{day_in_words(as_of)} {as_of:%H:%M}"


def _completeness(provenance: Provenance) -> Text:
    said = Text(_complete_until(provenance) + ", " + _stored(provenance))
    if missed := _not_as_they_are(provenance):
        said.append(f" ({missed}; see: jira-analytics completeness)", "yellow")
    if provenance.connection_state == Connection.NEEDS_CREDENTIALS:
        said.append(
            f"\nNothing newer will come: the site refuses the connection's credential; {UPDATE}",
            style="bold yellow",
        )
    return said


def _complete_until(provenance: Provenance) -> str:
    if not provenance.HasField("complete_until_time"):
        return "Not complete yet: the first full sync has not ended"
    *_, as_of = moments(provenance)
    until = local(provenance.complete_until_time, ZoneInfo(provenance.time_zone))
    return f"Complete to {moment_in_words(until, beside=as_of)}"


def _not_as_they_are(provenance: Provenance) -> str:
    hidden = provenance.hidden_project_count
    counts = {
        "project not shown" if hidden == 1 else "projects not shown": hidden,
        "held": provenance.held_count,
        "set aside": provenance.quarantined_count,
    }
    return ", ".join(f"{count:,} {what}" for what, count in counts.items() if count)


def _stored(provenance: Provenance) -> str:
    stored = count_of(provenance, "issue_count") or 0
    if not provenance.HasField("expected_issue_count"):
        return f"{stored:,} issues stored"
    return f"{stored:,} of {provenance.expected_issue_count:,} issues stored"
