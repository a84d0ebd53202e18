"""Refusals and failures in the words, bodies and headers of Jira Cloud."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from aiohttp import web

UNREADABLE_REQUEST = "Invalid request payload. Refer to the REST API documentation and try again."
NO_SUCH_ISSUE = "Issue does not exist or you do not have permission to see it."
WITHHELD = "The issue could not be returned. Try again."
BAD_PAGE_TOKEN = "The nextPageToken is invalid or has expired."  # noqa: S105 - not a secret
_REMOVED = (
    "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. "
    "A full migration guideline is available at "
    "https://developer.atlassian.com/changelog/#CHANGE-2046"
)
# What Jira lets anybody ask, and has for nobody where nothing is public.
_TO_NOBODY: Mapping[str, object] = {
    "/rest/api/3/search/jql": {"issues": [], "isLast": True},
    "/rest/api/3/search/approximate-count": {"count": 0},
    "/rest/api/3/issue/bulkfetch": {"issues": [], "issueErrors": []},
    "/rest/api/3/changelog/bulkfetch": {"issueChangeLogs": []},
    "/rest/api/3/status": [],
    "/rest/api/3/field": [],
}
COST = web.ResponseKey("cost", int)
_BURST_LIMIT = 100  # requests a second that Jira allows a site on one call


class Refusal(Exception):
    """A request that Jira answers with an error collection."""

    def __init__(self, *messages: str, status: int = 400) -> None:
        super().__init__(*messages)
        self.messages = messages
        self.status = status

    def response(self) -> web.Response:
        """Give the answer that says so."""
        return error_collection(*self.messages, status=self.status)


def error_collection(*messages: str, status: int) -> web.Response:
    """Answer with Jira's error shape."""
    return web.json_response({"errorMessages": list(messages), "errors": {}}, status=status)


def removed() -> web.Response:
    """Answer as the search that Jira took away does."""
    return error_collection(_REMOVED, status=410)


def to_nobody(path: str) -> web.Response | None:
    """Answer a wrong credential where anybody may ask: as if nobody did; None elsewhere."""
    body = _TO_NOBODY.get(path)
    headers = {"X-Seraph-LoginReason": "AUTHENTICATED_FAILED"}
    return None if body is None else web.json_response(body, headers=headers)


def unauthenticated(*, wants_json: bool, captcha: bool = False) -> web.Response:
    """Answer a wrong credential; with `captcha`, one that was wrong too often."""
    text = "Client must be authenticated to access this resource."
    headers = {
        "WWW-Authenticate": 'OAuth realm="twin"',
        "X-Seraph-LoginReason": "AUTHENTICATED_FAILED",
    }
    if captcha:
        headers["X-Seraph-LoginReason"] = "AUTHENTICATION_DENIED"
        headers["X-Authentication-Denied-Reason"] = "CAPTCHA_CHALLENGE; login-url=/login"
    if wants_json:
        body = {"message": text, "status-code": 401}
        return web.json_response(body, status=401, headers=headers)
    return web.Response(text=text, status=401, headers=headers, content_type="text/html")


def rate_limited(*, retry_after_seconds: int | None, reason: str) -> web.Response:
    """Answer 429 with the headers of a limit; without `Retry-After` where that is None."""
    reset = datetime.now(UTC) + timedelta(seconds=retry_after_seconds or 1)
    headers = {
        "X-RateLimit-Limit": str(_BURST_LIMIT),
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": f"{reset:%Y-%m-%dT%H:%M:%SZ}",
        "X-RateLimit-NearLimit": "true",
        "RateLimit-Reason": reason,
    }
    if retry_after_seconds is not None:
        headers["Retry-After"] = str(retry_after_seconds)
    return rate_limited_by(headers)


def rate_limited_by(headers: Mapping[str, str]) -> web.Response:
    """Answer 429 with these headers."""
    text = "The request has been rate-limited. Please try again later."
    body = {"errorMessages": [text], "errors": {}, "status": 429}
    return web.json_response(body, status=429, headers=headers)


def unavailable(status: int, *, retry_after_seconds: int | None) -> web.Response:
    """Answer as what stands in front of Jira does when Jira is not there: in HTML."""
    headers = {} if retry_after_seconds is None else {"Retry-After": str(retry_after_seconds)}
    page = "<!DOCTYPE html><html><head><title>Oops - an error has occurred</title></head></html>"
    return web.Response(text=page, status=status, headers=headers, content_type="text/html")


def compact(value: object) -> str:
    """Write JSON without spaces, as Jira does."""
    return json.dumps(value, separators=(",", ":"))


def answer(value: object, *, cost: int = 0) -> web.Response:
    """Answer with JSON; `cost` is in points, beside the one that any call costs."""
    response = web.json_response(value, dumps=compact)
    response[COST] = cost
    return response
