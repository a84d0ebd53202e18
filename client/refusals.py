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
WAITING: Final = {"OVERLOADED", "QUOTA_SPENT", "RATE_LIMITED", "TOO_MANY_ATTEMPTS"}
UPDATE: Final = "give it another with: jira-analytics reconnect"

# Only where the service's own sentence does not say already what to do.
NEXT_STEPS: Mapping[str, str] = MappingProxyType(
    {
        "ACCOUNT_DISABLED": "ask whoever operates the product",
        "ALREADY_MEMBER": "see who is with: jira-analytics members",
        "API_KEY_INVALID": "ask an admin of the workspace for another",
        "CONNECTION_AMBIGUOUS": "choose one with --connection NAME",
        "CONNECTION_NAME_TAKEN": "choose another with --name",
        "CONNECTION_NEEDS_CREDENTIALS": UPDATE,
        "CONNECTION_NOT_SYNCED": "start with: jira-analytics sync --watch",
        "CREDENTIALS_INVALID": "try again, or have it replaced with: jira-analytics forgot EMAIL",
        "DEADLINE_EXCEEDED": "try again in a moment",
        "EMAIL_NOT_CONFIRMED": (
            "follow the link in the mail, or give it to: jira-analytics verify-email "
            "(no mail, or too late? jira-analytics verify-email --again has another one mailed)"
        ),
        "EMAIL_TAKEN": "sign in with: jira-analytics login",
        "LAST_OWNER": "make somebody else one with: jira-analytics members role EMAIL owner",
        "LIMIT_REACHED": "see what can go with: jira-analytics invites, or jira-analytics api-keys",
        "LINK_INVALID": "ask for another one",
        "NOT_FOUND": "see what there is with: jira-analytics connections",
        "OVERLOADED": "try again in a moment",
        "QUOTA_SPENT": "what is there is kept up to date without being asked",
        "RATE_LIMITED": "wait a minute and try again",
        "ROLE_INSUFFICIENT": "ask an owner of the workspace for it",
        "SCOPE_INSUFFICIENT": "use a key with that scope",
        "SERVICE_UNAVAILABLE": "try again in a moment",
        "STORE_UNAVAILABLE": "try again in a moment",
        "TOO_MANY_ATTEMPTS": "wait a minute and try again",
    }
)
PERSON_ONLY: Final = "person"
SENTENCES: Mapping[str, Callable[[ErrorInfo], str]] = MappingProxyType(
    {
        "ACCOUNT_DISABLED": lambda _: "this account is disabled",
        "API_KEY_INVALID": lambda _: "this API key is unknown, has expired or was revoked",
        "CONNECTION_AMBIGUOUS": lambda info: (
            f"the workspace has several connections ({info.metadata['connections']})"
        ),
        "CONNECTION_NEEDS_CREDENTIALS": lambda _: "the site refuses this connection's credential",
        "CONNECTION_NOT_SYNCED": lambda _: "nothing was synced for this connection yet",
        "EMAIL_NOT_CONFIRMED": lambda _: "your e-mail address is not confirmed yet",
        "EMAIL_TAKEN": lambda _: "this e-mail address has an account",
        "INTERNAL": lambda info: (
            "the service failed, and that is not your fault; its log has the cause under "
            f"{info.metadata['correlation_id'] or 'this moment'}"
        ),
        "LAST_OWNER": lambda info: (
            f"{info.metadata['workspace_ids'] or 'a workspace'} needs an owner, "
            "and there is no other"
        ),
        "LIMIT_REACHED": lambda info: (
            f"the workspace has {info.metadata['limit']} of these, and may have no more"
        ),
        "LINK_INVALID": lambda _: "this link was used, has expired, or is for somebody else",
        "OVERLOADED": lambda _: "the service has too much to do just now",
        "SCOPE_INSUFFICIENT": lambda info: (
            "this is for people, and not for an API key"
            if info.metadata["required"] == PERSON_ONLY
            else f"this needs an API key with the scope {info.metadata['required']}"
        ),
        "STORE_UNAVAILABLE": lambda _: "the service does not answer now",
        "TOO_MANY_ATTEMPTS": lambda _: "too many attempts have failed",
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
    if info.reason in WAITING:
        seconds = _retry_after(error, info)
        if seconds is not None:
            return f"wait {seconds} s and try again"
    if info.reason == "SCOPE_INSUFFICIENT" and info.metadata["required"] == PERSON_ONLY:
        return "unset JIRA_ANALYTICS_API_KEY, and sign in"
    return NEXT_STEPS.get(info.reason, "")


def _retry_after(error: grpc.aio.AioRpcError, info: ErrorInfo) -> int | None:
    """Find how many seconds one is asked to wait (as the header of RFC 9110, 10.2.3, says it)."""
    metadata = (*(error.trailing_metadata() or ()), *(error.initial_metadata() or ()))
    said = next((value for key, value in metadata if key == RETRY_KEY), None)
    seconds = info.metadata.get("retry_after_seconds", "") if said is None else said
    return int(seconds) if isinstance(seconds, str) and seconds.isdecimal() else None
