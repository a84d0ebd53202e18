"""What was done in a workspace, one event a line."""

from collections.abc import Iterable, Mapping

from rich.table import Table
from rich.text import Text

from client.show.listing import filled, listing
from jira_analytics.auth.v1.workspace_pb2 import AuditEvent


def show_events(events: Iterable[AuditEvent], people: Mapping[str, str]) -> Table:
    """Lay events out, in the order in which they come; `people` are known by their ids."""
    table = listing("", "when (UTC)", "what", "who", "to what", "from", "more")
    table.columns[1].no_wrap = True
    return filled(
        table,
        (
            (
                Text(f"{each.sequence:,}", style="dim"),
                f"{each.event_time.ToDatetime():%Y-%m-%d %H:%M:%S}",
                _action(each),
                people.get(each.actor_id, each.actor_id),
                people.get(each.target_id, each.target_id),
                each.address_prefix,
                ", ".join(f"{name}={each.details[name]}" for name in sorted(each.details)),
            )
            for each in events
        ),
    )


def _action(event: AuditEvent) -> Text:
    if event.result == AuditEvent.REFUSED:
        return Text(f"{event.action} refused", style="yellow")
    return Text(event.action)
