"""The RPCs about webhooks: parse, ask, pack."""

from typing import Protocol

from google.protobuf.empty_pb2 import Empty

from jira_analytics.sync.v1 import connection_pb2 as connections_pb
from jira_analytics.sync.v1 import sync_pb2 as pb
from services.chassis.acting import acting
from services.chassis.layers import Context
from services.sync import answers
from services.sync.hooks.receiving import Delivery, Taken
from services.sync.hooks.requests import delivery
from services.sync.hooks.secrets import HookSecrets, Rotated
from services.sync.requests import required_reference


class HookSecretServicer:
    """Serves the secrets of jira_analytics.sync.v1.ConnectionService."""

    def __init__(self, hook_secrets: HookSecrets) -> None:
        self._hook_secrets = hook_secrets

    async def RotateWebhookSecret(
        self, request: connections_pb.RotateWebhookSecretRequest, _context: Context
    ) -> connections_pb.WebhookSecret:
        """Make the secret that the site signs its webhooks with."""
        reference = required_reference(request.connection_id)
        made = await self._hook_secrets.rotate(acting(), reference, end_former=request.end_former)
        return _secret(made)


class Receive(Protocol):
    """Takes webhooks; see Receiving."""

    async def __call__(self, delivery: Delivery) -> Taken:
        """Take one."""


class HookServicer:
    """Serves the webhooks of jira_analytics.sync.v1.SyncService."""

    def __init__(self, receiving: Receive) -> None:
        self._receiving = receiving

    async def ReceiveJiraWebhook(
        self, request: pb.ReceiveJiraWebhookRequest, context: Context
    ) -> Empty:
        """Take what a Jira site tells by a webhook."""
        await self._receiving(delivery(request, context.invocation_metadata() or ()))
        return Empty()


def _secret(made: Rotated) -> connections_pb.WebhookSecret:
    return connections_pb.WebhookSecret(
        connection_id=made.connection_id,
        path=f"/api/webhooks/jira/{made.connection_id}",
        secret=made.secret,
        former_until_time=answers.time(made.former_until),
    )
