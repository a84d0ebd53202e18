"""From a gRPC status to one sentence: what the product said, and the next step for each reason."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import grpc
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status

from client.failures import Refused

DOMAIN: Final = "jira-analytics"
DETAILS_KEY: Final = "grpc-status-details-bin"
RETRY_KEY: Final = "retry-after"
UPDATE: Final = "give it another with: jira-analytics reconnect"

# Only where the service's own sentence does not say already what to do.
NEXT_STEPS: Mapping[str, str] = MappingProxyType(
    {
        "CONNECTION_AMBIGUOUS": "choose one with --connection NAME",
        "CONNECTION_NAME_TAKEN": "choose another with --name",
        "CONNECTION_NEEDS_CREDENTIALS": UPDATE,
        "CONNECTION_NOT_SYNCED": "start with: jira-analytics sync --watch",
        "CREDENTIALS_INVALID": "try again, or make an account with: jira-analytics signup",
        "DEADLINE_EXCEEDED": "try again in a moment",
        "EMAIL_TAKEN": "sign in with: jira-analytics login",
        "NOT_FOUND": "see what there is with: jira-analytics connections",
        "RATE_LIMITED": "wait a minute and try again",
        "ROLE_INSUFFICIENT": "ask an owner of the workspace for it",
        "SERVICE_UNAVAILABLE": "try again in a moment",
        "SITE_NOT_ALLOWED": "give the address of a Jira Cloud site, https://NAME.atlassian.net",
        "STORE_UNAVAILABLE": "try again in a moment",
    }
)
SENTENCES: Mapping[str, Callable[[ErrorInfo], str]] = MappingProxyType(
    {
        "CONNECTION_AMBIGUOUS": lambda info: (
            f"the workspace has several connections ({info.metadata['connections']})"
        ),
        "CONNECTION_NEEDS_CREDENTIALS": lambda _: "the site refuses this connection's credential",
        "CONNECTION_NOT_SYNCED": lambda _: "nothing was synced for this connection yet",
        "EMAIL_TAKEN": lambda _: "this e-mail address has an account",
        "INTERNAL": lambda info: (
            "the service failed, and that is not your fault; its log has the cause under "
            f"{info.metadata['correlation_id'] or 'this moment'}"
        ),
        "STORE_UNAVAILABLE": lambda _: "the service does not answer now",
    }
)


def info_of(error: grpc.aio.AioRpcError) -> ErrorInfo | None:
    """Find the product's own word on an error; None where it was not the product that spoke."""
    metadata = error.trailing_metadata() or ()
    packed = next((value for key, value in metadata if key == DETAILS_KEY), None)
    if not isinstance(packed, bytes):
        return None
    info = ErrorInfo()
    for detail in Status.FromString(packed).details:
        if detail.Unpack(info) and info.domain == DOMAIN:
            return info
    return None


def refusal_of(error: grpc.aio.AioRpcError, info: ErrorInfo) -> Refused:
    """Say the product's refusal in a sentence, with the next step where there is one."""
    said = SENTENCES.get(info.reason)
    sentence = said(info) if said else _without_advice(error.details() or info.reason)
    return Refused(
        sentence,
        reason=info.reason,
        advice=_advice(error, info),
        metadata=dict(info.metadata),
    )


def explain(reason: str, message: str) -> tuple[str, str]:
    """Give the sentence and the next step for a reason that came in a message, as a job's does."""
    if reason in {"CONNECTION_NEEDS_CREDENTIALS", "SITE_CREDENTIALS_REFUSED"}:
        return "the site refuses this connection's credential", UPDATE
    return _without_advice(message or reason), NEXT_STEPS.get(reason, "")


def _without_advice(message: str) -> str:
    """Take a message as it is, without its full stop: ours may follow."""
    return message.strip().rstrip(".")


def _advice(error: grpc.aio.AioRpcError, info: ErrorInfo) -> str:
    seconds = _retry_after(error)
    if info.reason == "RATE_LIMITED" and seconds is not None:
        return f"wait {seconds} s and try again"
    return NEXT_STEPS.get(info.reason, "")


def _retry_after(error: grpc.aio.AioRpcError) -> int | None:
    """Find how many seconds the gateway asks to wait (the header of RFC 9110, 10.2.3)."""
    metadata = (*(error.trailing_metadata() or ()), *(error.initial_metadata() or ()))
    said = next((value for key, value in metadata if key == RETRY_KEY), "")
    return int(said) if isinstance(said, str) and said.isdecimal() else None
