"""Webhooks as they come, parsed; headers are read from the call's metadata."""

from collections.abc import Iterable, Sequence
from typing import Final

from jira_analytics.sync.v1 import sync_pb2 as pb
from services.kernel.ids import ConnectionId
from services.sync.hooks.receiving import Delivery
from services.sync.requests import required_reference

SIGNATURE_HEADER: Final = "x-hub-signature"
DELIVERY_HEADER: Final = "x-atlassian-webhook-identifier"
Metadata = Iterable[tuple[str, str | bytes]]


def delivery(request: pb.ReceiveJiraWebhookRequest, metadata: Metadata) -> Delivery:
    """Parse a webhook; a header that a site writes once is none where it is there twice."""
    said = list(metadata)
    return Delivery(
        ConnectionId(required_reference(request.connection_id)),
        signature=_once(said, SIGNATURE_HEADER),
        delivery_id=_once(said, DELIVERY_HEADER),
        body=request.body.data,
    )


def _once(said: Sequence[tuple[str, str | bytes]], name: str) -> str:
    found = [value for key, value in said if key == name]
    return found[0] if len(found) == 1 and isinstance(found[0], str) else ""
