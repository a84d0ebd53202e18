"""Sending: what happens in the world goes to the webhooks that are about it, in its own time."""

import asyncio
import hashlib
import heapq
import hmac
import ssl
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

import aiohttp

from twin.answers import compact
from twin.clock import Clock
from twin.conditions import test_of
from twin.hooks.payloads import bodies
from twin.hooks.registry import Hook, Registry
from twin.hooks.retrying import HookTrouble, Standing, is_delivered, is_retried, planned
from twin.jql import parse
from twin.jql_tokens import JqlError
from twin.luck import Lucks
from twin.records import Happening
from twin.wire import Wire
from twin.world import World

MAX_BODY_BYTES = 25 * 2**20
_AT_ONCE = 20
_CONNECT_SECONDS, _ANSWER_SECONDS = 5.0, 20.0
_POLL_SECONDS = 0.02  # the clock may be moved at any time, so what is due is looked for
_AGENT = "Atlassian Webhook HTTP Client"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to one webhook."""

    hook_id: int
    url: str
    body: bytes
    identifier: str
    flow: str
    retries: int = 0

    def headers(self, secret: str | None) -> dict[str, str]:
        """Give its headers: the signature is over the bytes as they are sent."""
        said = {
            "Content-Type": "application/json; charset=UTF-8",
            "User-Agent": _AGENT,
            "X-Atlassian-Webhook-Identifier": self.identifier,
            "X-Atlassian-Webhook-Flow": self.flow,
            "X-Atlassian-Webhook-Retry": str(self.retries),
        }
        if secret is not None:
            said["X-Hub-Signature"] = signature(secret, self.body)
        return said


def signature(secret: str, body: bytes) -> str:
    """Sign a body as Jira does."""
    return f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"


@dataclass(slots=True)
class Courier:
    """Queues deliveries by the instant they are due, and sends them while `run` runs."""

    world: World
    clock: Clock
    wire: Callable[[], Wire]
    registry: Registry = field(default_factory=Registry)
    trouble: HookTrouble = field(default_factory=HookTrouble)
    counted: Counter[str] = field(default_factory=Counter)
    _luck: Random = field(default_factory=lambda: Random(1))
    _retries: Lucks = field(default_factory=lambda: Lucks(1))  # apart: answers come in any order
    _queue: list[tuple[int, int, Delivery]] = field(default_factory=list)
    _order: int = 0
    _standings: dict[int, Standing] = field(default_factory=dict)
    _queued: asyncio.Event = field(default_factory=asyncio.Event)
    _sending: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.world.listeners.append(self.note)

    def trouble_with(self, trouble: HookTrouble) -> None:
        """Let deliveries go astray so from now on."""
        self.trouble, self._luck = trouble, Random(trouble.seed)
        self._retries = Lucks(trouble.seed)

    def note(self, happening: Happening) -> None:
        """Queue what a happening has to tell, to whom it concerns."""
        hooks = [hook for hook in self.registry.hooks.values() if self._concerns(hook, happening)]
        if not hooks:
            return
        for body in bodies(self.wire(), happening, self.clock.now_ms()):
            for hook in hooks:
                if body["webhookEvent"] in hook.asked.events:
                    self._enqueue(hook, happening, body)

    def pending(self) -> dict[str, Any]:
        """Tell how many deliveries wait and are being sent, and what became of the others."""
        return {
            "waiting": len(self._queue),
            "sending": len(self._sending),
            "next_due_in_ms": self._queue[0][0] - self.clock.elapsed_ms() if self._queue else None,
            "counted": dict(self.counted),
        }

    async def run(self, *, ca_file: str | None = None) -> None:
        """Send what is due until it is cancelled; `ca_file` vouches for https on this machine."""
        timeout = aiohttp.ClientTimeout(
            total=_CONNECT_SECONDS + _ANSWER_SECONDS, sock_connect=_CONNECT_SECONDS
        )
        connector = aiohttp.TCPConnector(ssl=_trusting(ca_file), limit=_AT_ONCE)
        async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
            try:
                while True:
                    await self._queued.wait()
                    self._send_due(session)
                    await asyncio.sleep(_POLL_SECONDS)
            finally:
                for task in self._sending:
                    task.cancel()

    async def settle(self) -> None:
        """Wait until everything that is due has been sent, and answered or given up."""
        while self._sending or self._is_due():  # noqa: ASYNC110 - the clock may be a test's own
            await asyncio.sleep(_POLL_SECONDS)

    def _is_due(self) -> bool:
        return bool(self._queue) and self._queue[0][0] <= self.clock.elapsed_ms()

    def _send_due(self, session: aiohttp.ClientSession) -> None:
        while self._is_due():
            task = asyncio.create_task(self._send(session, heapq.heappop(self._queue)[2]))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)
        if not self._queue:
            self._queued.clear()

    def _concerns(self, hook: Hook, happening: Happening) -> bool:
        record = happening.after or happening.before
        if not hook.asked.enabled or record is None:
            return False
        if not hook.asked.jql:
            return True
        try:
            query = parse(hook.asked.jql, now_ms=self.clock.now_ms())
            return test_of(self.world, query.condition)(record)
        except JqlError:
            return False

    def _enqueue(self, hook: Hook, happening: Happening, body: dict[str, Any]) -> None:
        plan = planned(self.trouble, self._luck)
        self.counted["dropped"] += not plan.waits_ms
        author = happening.author
        account = self.wire().user(author)["accountId"] if author else None
        written = b"" if hook.asked.exclude_body else compact(body).encode()
        if len(written) > MAX_BODY_BYTES:
            self.counted["too_large"] += 1
            return
        delivery = Delivery(
            hook.id,
            hook.address(happening.issue, account),
            written,
            str(uuid.UUID(int=self._luck.getrandbits(128), version=4)),
            plan.flow,
        )
        for wait_ms in plan.waits_ms:
            self._push(delivery, wait_ms)

    def _push(self, delivery: Delivery, wait_ms: int) -> None:
        self._order += 1
        due_ms = self.clock.elapsed_ms() + wait_ms
        heapq.heappush(self._queue, (due_ms, self._order, delivery))
        self._queued.set()

    async def _send(self, session: aiohttp.ClientSession, delivery: Delivery) -> None:
        hook = self.registry.hooks.get(delivery.hook_id)
        if hook is None:
            return
        status = await _posted(session, delivery, hook.asked.secret)
        self.counted[str(status or "no answer")] += 1
        now_ms = self.clock.elapsed_ms()
        standing = self._standings.setdefault(hook.id, Standing())
        standing.note(delivered=is_delivered(status), now_ms=now_ms)
        if is_delivered(status) or not is_retried(status):
            return
        wait_ms = standing.retry_wait_ms(
            delivery.retries + 1,
            now_ms=now_ms,
            trouble=self.trouble,
            luck=self._retries.of(delivery.identifier),
        )
        if wait_ms is None:
            self.counted["given_up"] += 1
        else:
            self._push(replace(delivery, retries=delivery.retries + 1), wait_ms)


async def _posted(
    session: aiohttp.ClientSession, delivery: Delivery, secret: str | None
) -> int | None:
    """Send once; the status of the answer, None where none came."""
    try:
        async with session.post(
            delivery.url,
            data=delivery.body,
            headers=delivery.headers(secret),
            allow_redirects=False,
        ) as answer:
            return answer.status
    except (aiohttp.ClientError, TimeoutError, OSError):
        return None


def _trusting(ca_file: str | None) -> ssl.SSLContext | bool:
    return True if ca_file is None else ssl.create_default_context(cafile=ca_file)
