"""The audit of what was done in no workspace, as operators list and verify it.

AUTH_ADDRESS=auth:50051 CLIENT_ID=operator CLIENT_SECRET=… python -m deploy.operators_audit verify
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any, Final

import typer
from pydantic_settings import BaseSettings, SettingsConfigDict

from client.audit_findings import Outcome
from client.commands.terminal import JsonOption, give_up, print_json, show
from client.commands.verifying import tell_outcome, verify_and_remember
from client.failures import ClientError
from client.show.audit import show_events
from jira_analytics.auth.v1.operator_pb2_grpc import OperatorServiceStub
from jira_analytics.auth.v1.workspace_pb2 import (
    ListAuditCheckpointsRequest,
    ListAuditCheckpointsResponse,
    ListAuditEventsRequest,
    ListAuditEventsResponse,
)
from services.chassis.service_calls import ServiceCalls, calling
from services.chassis.settings import Auth, Client, load
from services.kernel.audit import OPERATORS
from services.kernel.errors import ProductError

FEW: Final = 50
MOST: Final = 1000
app = typer.Typer(
    add_completion=False,
    invoke_without_command=True,
    help="List what was done and refused in no workspace, or verify the record.",
)


class Settings(BaseSettings):
    """Where auth is, and by what it knows an operator; `known_as`: what is remembered of it by."""

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", env_nested_delimiter="_", env_nested_max_split=1
    )

    auth: Auth
    client: Client
    known_as: str = ""


class OperatorsAudit:
    """Lists the operators' audit, a page at a call."""

    def __init__(self, calls: ServiceCalls, stub: Any) -> None:  # noqa: ANN401 - untyped by protoc
        self._calls = calls
        self._stub = stub

    async def audit_events(self, request: ListAuditEventsRequest) -> ListAuditEventsResponse:
        """List events, the latest first."""
        found: ListAuditEventsResponse = await self._calls(self._stub.ListAuditEvents, request)
        return found

    async def audit_checkpoints(
        self, request: ListAuditCheckpointsRequest
    ) -> ListAuditCheckpointsResponse:
        """List checkpoints, the oldest first."""
        found: ListAuditCheckpointsResponse = await self._calls(
            self._stub.ListAuditCheckpoints, request
        )
        return found


@asynccontextmanager
async def _audit(settings: Settings) -> AsyncIterator[OperatorsAudit]:
    async with calling(settings.auth, settings.client) as (calls, channel):
        yield OperatorsAudit(calls, OperatorServiceStub(channel))


@app.callback()
def list_events(
    context: typer.Context,
    *,
    action: Annotated[str, typer.Option(help="Only this, or all of key. for example.")] = "",
    most: Annotated[int, typer.Option("--limit", min=1, max=MOST, help="At most.")] = FEW,
    as_json: JsonOption = False,
) -> None:
    """List what was done and refused in no workspace, the latest first."""
    if context.invoked_subcommand is not None:
        return
    try:
        request = ListAuditEventsRequest(action=action, page_size=most)
        found = asyncio.run(listed(load(Settings), request))
    except ProductError as refused:
        give_up(ClientError(refused.message))
    else:
        if as_json:
            print_json(found)
        else:
            show(show_events(found.audit_events, {}))


@app.command()
def verify(*, as_json: JsonOption = False) -> None:
    """Verify that nothing in it was changed, taken out, moved or put in.

    What was found whole is remembered, and a later audit must still contain it.
    """
    try:
        tell_outcome(asyncio.run(verified(load(Settings))), as_json=as_json)
    except ProductError as refused:
        give_up(ClientError(refused.message))
    except ClientError as error:
        give_up(error)


async def listed(settings: Settings, request: ListAuditEventsRequest) -> ListAuditEventsResponse:
    """List a page of events, the latest first."""
    async with _audit(settings) as audit:
        return await audit.audit_events(request)


async def verified(settings: Settings) -> Outcome:
    """Verify the audit against where it was seen to end, and remember where it does."""
    origin = settings.known_as or settings.auth.address
    async with _audit(settings) as audit:
        return await verify_and_remember(audit, origin, OPERATORS)


if __name__ == "__main__":
    app()
