"""`audit`: what was done in the workspace, and whether the record of it is whole."""

from datetime import datetime
from typing import Annotated

import typer

from client.api import Client
from client.commands.members import member_id
from client.commands.terminal import (
    CaOption,
    GatewayOption,
    JsonOption,
    lists_only,
    print_json,
    run,
    show,
)
from client.commands.words import ResultName, moment_in_utc
from client.instants import instant
from client.show.audit import show_events
from client.show.listing import with_note
from jira_analytics.auth.v1.workspace_pb2 import (
    AuditEvent,
    ListAuditEventsRequest,
    ListAuditEventsResponse,
)

FEW = 50

audit = typer.Typer(
    invoke_without_command=True, help="List what was done in the workspace, or verify the record."
)


ActorOption = Annotated[
    str, typer.Option(metavar="EMAIL-OR-ID", help="Only what they did; also a key's id.")
]
ActionOption = Annotated[
    str, typer.Option(help="Only this, for example session.begin; or all of session.")
]
TargetOption = Annotated[
    str, typer.Option(metavar="EMAIL-OR-ID", help="Only what was done to this.")
]
ResultOption = Annotated[ResultName | None, typer.Option(help="Only what ended so.")]
StartOption = Annotated[
    datetime | None,
    typer.Option("--from", parser=moment_in_utc, metavar="DATE", help="From then on (UTC)."),
]
EndOption = Annotated[
    datetime | None,
    typer.Option("--to", parser=moment_in_utc, metavar="DATE", help="Before then (UTC)."),
]
LimitOption = Annotated[int, typer.Option("--limit", min=1, help="How many at most.")]


@audit.callback()
def list_events(  # noqa: PLR0913 - a command's options are its arguments
    context: typer.Context,
    *,
    actor: ActorOption = "",
    action: ActionOption = "",
    target: TargetOption = "",
    result: ResultOption = None,
    start: StartOption = None,
    end: EndOption = None,
    most: LimitOption = FEW,
    as_json: JsonOption = False,
    gateway: GatewayOption = None,
    ca: CaOption = None,
) -> None:
    """List what was done in the workspace, the latest first; or verify the record."""

    async def work(client: Client) -> None:
        wanted = ListAuditEventsRequest(
            actor_id=await member_id(client, actor),
            action=action,
            target_id=await member_id(client, target),
            result=result.value_in_contract if result else AuditEvent.RESULT_UNSPECIFIED,
            start_time=instant(start),
            end_time=instant(end),
        )
        events = [event async for event in client.latest_events(wanted, most=most)]
        if as_json:
            print_json(ListAuditEventsResponse(audit_events=events))
        else:
            await _tell(client, events, most=most)

    if lists_only(context, gateway=gateway, ca=ca):
        run(context, work, gateway=None, ca=None)


async def _tell(client: Client, events: list[AuditEvent], *, most: int) -> None:
    if not events:
        show("nothing was done that fits")
        return
    people = {each.user_id: each.email for each in (await client.members()).members}
    table = show_events(events, people)
    if len(events) < most:
        show(table)
    else:
        show(with_note(table, f"these are the latest {most:,}; see more with --limit"))
