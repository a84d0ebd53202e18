"""Webhooks as a Jira site sends them: signed, with the headers and bodies of Atlassian's."""

import hashlib
import hmac
import itertools
import json
import time
from dataclasses import dataclass, field
from typing import Any, Final

from google.api.httpbody_pb2 import HttpBody

from jira_analytics.sync.v1 import connection_pb2, sync_pb2
from tests.rpc.sync_service import Sync

Headers = tuple[tuple[str, str], ...]
SIGNATURE: Final = "x-hub-signature"
DELIVERY: Final = "x-atlassian-webhook-identifier"
_numbers = itertools.count(1)


def now_ms() -> int:
    """Tell the time as Jira writes it."""
    return time.time_ns() // 1_000_000


def body_of(issue_id: str, event: str = "jira:issue_updated", **more: Any) -> bytes:
    """Write a webhook's body as Jira does: without spaces, in an order of its own."""
    said = {"timestamp": now_ms(), "webhookEvent": event, "issue": {"id": issue_id}, **more}
    return json.dumps(said, separators=(",", ":")).encode()


def signed(body: bytes, secret: str) -> str:
    """Sign a body as Jira does."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def headers_of(body: bytes, secret: str, delivery: str = "") -> Headers:
    """Give what a site sends beside a body; each delivery has an id of its own."""
    return (
        (SIGNATURE, signed(body, secret)),
        (DELIVERY, delivery or f"delivery-{next(_numbers)}"),
    )


@dataclass(frozen=True, slots=True)
class Hook:
    """What a site has been told of a connection: where it sends, and with what it signs."""

    api: Sync
    connection_id: str
    secret: str = field(repr=False)

    async def send(self, body: bytes, headers: Headers | None = None, **asked: Any) -> None:
        """Send a body, signed unless other headers are given."""
        request = sync_pb2.ReceiveJiraWebhookRequest(
            connection_id=asked.get("to", self.connection_id),
            body=HttpBody(content_type="application/json", data=body),
        )
        shown = headers_of(body, self.secret) if headers is None else headers
        await self.api.sync.ReceiveJiraWebhook(request, metadata=shown, timeout=20)


async def hooked(api: Sync, name: str = "site", workspace: str = "wsp_1", **asked: Any) -> Hook:
    """Give a connection a secret."""
    rotate = connection_pb2.RotateWebhookSecretRequest(connection_id=name, **asked)
    made = await api.ask(rotate, workspace)
    return Hook(api, made.connection_id, made.secret)
