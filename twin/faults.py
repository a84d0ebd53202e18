"""Misbehaviour that a test asks for: refusals, limits, delays, answers that break off."""

import asyncio
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from twin.answers import error_collection, rate_limited, unauthenticated, unavailable

_MAX_DELAY_MS = 600_000
_UNAUTHENTICATED, _TOO_MANY, _SERVER_ERRORS = 401, 429, 500


class Fault(BaseModel):
    """What goes wrong, on which calls, how often. One without status delays or cuts a good answer.

    `path` is matched exactly or as a path template (`/rest/api/3/issue/{idOrKey}`); None means
    every call. `after` calls pass first, then `times` go wrong.
    """

    model_config = ConfigDict(extra="forbid")

    status: Annotated[int, Field(ge=400, le=599)] | None = None
    method: str | None = None
    path: str | None = None
    after: Annotated[int, Field(ge=0)] = 0
    times: Annotated[int, Field(ge=1)] = 1
    retry_after: Annotated[int, Field(ge=0)] | None = None  # seconds; None: no such header
    reason: str = "jira-burst-based"
    delay_ms: Annotated[int, Field(ge=0, le=_MAX_DELAY_MS)] = 0
    cut: bool = False

    def concerns(self, request: web.Request) -> bool:
        """Say whether the call is one this fault is about."""
        resource = request.match_info.route.resource
        paths = {request.path, resource.canonical if resource else request.path}
        return self.method in {None, request.method} and (self.path is None or self.path in paths)

    def answer(self, request: web.Request) -> web.Response | None:
        """Give the answer that stands in for the good one, if there is one."""
        if self.status is None:
            return None
        if self.status == _TOO_MANY:
            return rate_limited(retry_after_seconds=self.retry_after, reason=self.reason)
        if self.status == _UNAUTHENTICATED:
            captcha = self.reason == "captcha"
            return unauthenticated(wants_json=_wants_json(request), captcha=captcha)
        if self.status >= _SERVER_ERRORS:
            return unavailable(self.status, retry_after_seconds=self.retry_after)
        return error_collection("The request is refused.", status=self.status)


class Faults:
    """The faults in force, in the order they were asked for; the first that fits is used."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Put one more fault in force."""
        self._faults.append(fault)

    def clear(self) -> None:
        """Behave well again."""
        self._faults.clear()

    def left(self) -> list[Fault]:
        """Give the faults that have not gone off as often as was asked."""
        return list(self._faults)

    def next_for(self, request: web.Request) -> Fault | None:
        """Take the fault that this call runs into, and count it."""
        for fault in self._faults:
            if not fault.concerns(request):
                continue
            if fault.after:
                fault.after -= 1
                return None
            fault.times -= 1
            if not fault.times:
                self._faults.remove(fault)
            return fault
        return None


async def cut_off(request: web.Request, whole: web.Response) -> web.StreamResponse:
    """Send half of an answer and drop the connection."""
    body = whole.body if isinstance(whole.body, bytes) else b""
    part = web.StreamResponse(status=whole.status, headers={"Content-Type": "application/json"})
    part.content_length = len(body)
    await part.prepare(request)
    await part.write(body[: len(body) // 2])
    await asyncio.sleep(0)
    if request.transport is not None:
        request.transport.abort()
    return part


def _wants_json(request: web.Request) -> bool:
    return "json" in request.headers.get("Accept", "")
