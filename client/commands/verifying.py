"""`audit verify`: whether the record of what was done is whole."""

from dataclasses import asdict
from datetime import UTC, datetime

import typer

from client.api import Client
from client.audit_findings import Outcome
from client.audit_memory import AuditMemory
from client.audit_verification import AuditPages, verify_audit
from client.commands.terminal import (
    CaOption,
    GatewayOption,
    JsonOption,
    print_as_json,
    run,
    say_done,
    show,
)
from client.failures import ClientError
from client.session import default_file
from client.show.listing import filled, listing
from client.show.names import name


def verify(
    context: typer.Context,
    *,
    as_json: JsonOption = False,
    gateway: GatewayOption = None,
    ca: CaOption = None,
) -> None:
    """Verify that nothing in the workspace's audit was changed, taken out, moved or put in.

    What was found whole is remembered, and a later audit must still contain it.
    """

    async def work(client: Client) -> None:
        tell_outcome(await _verified(client), as_json=as_json)

    run(context, work, gateway=gateway, ca=ca)


async def _verified(client: Client) -> Outcome:
    """Verify, and remember where an audit that is whole ends; a machine remembers nothing."""
    if client.is_machine:
        workspace_id = (await client.workspace()).id
        return await verify_audit(client, workspace_id, seen=None, now=datetime.now(UTC))
    return await verify_and_remember(client, client.origin, (await client.me()).workspace.id)


async def verify_and_remember(pages: AuditPages, origin: str, workspace_id: str) -> Outcome:
    """Verify an audit against where it was seen to end, and remember where it does if whole."""
    memory = AuditMemory(default_file())
    seen = memory.last_seen(origin, workspace_id)
    outcome = await verify_audit(pages, workspace_id, seen=seen, now=datetime.now(UTC))
    if outcome.whole and outcome.head is not None:
        memory.keep(origin, workspace_id, outcome.head)
    return outcome


def tell_outcome(outcome: Outcome, *, as_json: bool) -> None:
    """Print what a verification found; ClientError where the audit is not whole."""
    if as_json:
        print_as_json(asdict(outcome) | {"whole": outcome.whole})
    else:
        _tell(outcome)
    if not outcome.whole:
        raise ClientError(
            "the audit is not whole",
            advice="change nothing, and tell whoever operates the product",
        )


def _tell(outcome: Outcome) -> None:
    if not outcome.whole:
        rows = ((each.problem.value, each.sentence) for each in outcome.findings)
        show(filled(listing("problem", "what was found"), rows))
        return
    said = [f"the audit is whole: {_events(outcome.verified)} verified"]
    if outcome.expired:
        said.append(f"{_events(outcome.expired)} gone, as seven years have passed")
    if outcome.later:
        said.append(f"{_events(outcome.later)} not signed yet: for the next time")
    say_done(name("; ".join(said)))


def _events(count: int) -> str:
    return "1 event" if count == 1 else f"{count:,} events"
