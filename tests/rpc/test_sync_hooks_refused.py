"""Whose webhooks are let in, and whose leave nothing behind (PROMISES W1 and T5)."""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import grpc
import pytest
from redis.asyncio import Redis

from jira_analytics.sync.v1 import connection_pb2, internal_pb2
from services.sync.hooks import checking
from services.sync.hooks.receiving import LARGEST_BODY
from tests.auth_stand_in import service_token
from tests.rpc.auth_service import refusal_of
from tests.rpc.hook_sending import (
    DELIVERY,
    SIGNATURE,
    Headers,
    Hook,
    body_of,
    headers_of,
    hooked,
    now_ms,
    signed,
)
from tests.rpc.sync_fixtures import sync_stores
from tests.rpc.sync_service import Sync, SyncStores, sync_service
from tests.rpc.sync_stored import everything

__all__ = ["sync_stores"]
DAY_MS = 24 * 3600 * 1000
MINUTE_MS = 60_000
BODY = body_of("10001")


@pytest.fixture
async def api(sync_stores: SyncStores, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Sync]:
    """Run the API without what it remembers: tests say themselves when that has passed."""
    monkeypatch.setattr(checking, "REMEMBERED_MILLISECONDS", 0)
    async with Redis.from_url(sync_stores.queue_url) as redis:
        await redis.flushdb()
    async with sync_service(sync_stores) as made:
        yield made


@pytest.fixture
async def redis(api: Sync) -> AsyncIterator[Redis]:
    async with Redis.from_url(api.stores.queue_url) as redis:
        yield redis


async def keys(redis: Redis) -> set[str]:
    """Give the keys that webhooks and the queue have made."""
    return {key.decode() async for key in redis.scan_iter() if not key.endswith(b":meta")}


async def answer(hook: Hook, body: bytes, headers: Headers, to: str = "") -> tuple[Any, ...]:
    """Send something that is to be refused; gives all that its sender is told."""
    with pytest.raises(grpc.aio.AioRpcError) as failed:
        await hook.send(body, headers, to=to or hook.connection_id)
    said = refusal_of(failed.value)
    return failed.value.code(), said.reason, said.everything


def unsigned(signature: str) -> Headers:
    return ((SIGNATURE, signature), (DELIVERY, "d-1"))


FORGED: dict[str, Callable[[Hook], tuple[bytes, Headers]]] = {
    "a bit is another": lambda hook: (bytes([BODY[0] ^ 1]) + BODY[1:], right(hook)),
    "cut off": lambda hook: (BODY[:-1], right(hook)),
    "nothing of it": lambda hook: (b"", right(hook)),
    "the same JSON written otherwise": lambda hook: (
        json.dumps(json.loads(BODY)).encode(),
        right(hook),
    ),
    "sha1": lambda hook: (BODY, unsigned("sha1=" + signed(BODY, hook.secret)[7:])),
    "no method": lambda hook: (BODY, unsigned(signed(BODY, hook.secret)[7:])),
    "no signature": lambda _: (BODY, ((DELIVERY, "d-1"),)),
    "an empty one": lambda _: (BODY, unsigned("")),
    "two": lambda hook: (BODY, (*right(hook), (SIGNATURE, signed(BODY, hook.secret)))),
    "two in one": lambda hook: (BODY, unsigned(", ".join([signed(BODY, hook.secret)] * 2))),
    "under another header": lambda hook: (
        BODY,
        (("x-hub-signature-256", signed(BODY, hook.secret)),),
    ),
    "by the empty secret": lambda _: (BODY, unsigned(signed(BODY, ""))),
    "by the connection's id": lambda hook: (BODY, unsigned(signed(BODY, hook.connection_id))),
    "a day old": lambda hook: by(hook, timestamp=now_ms() - DAY_MS - MINUTE_MS),
    "from a day ahead": lambda hook: by(hook, timestamp=now_ms() + DAY_MS + MINUTE_MS),
}


def right(hook: Hook) -> Headers:
    return headers_of(BODY, hook.secret)


def by(hook: Hook, **said: Any) -> tuple[bytes, Headers]:
    body = body_of("10001", **said)
    return body, headers_of(body, hook.secret)


async def test_what_is_not_signed_by_the_site_leaves_nothing(api: Sync, redis: Redis) -> None:
    """Whatever is wrong, and whether or not the connection is there: one answer, to the byte."""
    await api.connect()
    bare = await api.connect("bare")
    hook, theirs = await hooked(api), await another(api)
    before, kept = await everything(api.database), await keys(redis)
    told = {name: await answer(hook, *forged(hook)) for name, forged in FORGED.items()}
    told["another tenant's secret"] = await answer(theirs, BODY, right(theirs), hook.connection_id)
    told["ours on theirs"] = await answer(hook, BODY, right(hook), theirs.connection_id)
    told["no secret"] = await answer(hook, BODY, headers_of(BODY, ""), bare.id)
    told["no such connection"] = await answer(hook, BODY, right(hook), "con_" + "0" * 30)
    told["by name"] = await answer(hook, BODY, right(hook), "site")
    assert set(told.values()) == {told["no secret"]}, told
    code, reason, _ = told["no secret"]
    assert (code, reason) == (grpc.StatusCode.UNAUTHENTICATED, "WEBHOOK_REFUSED")
    assert await everything(api.database) == before
    assert await keys(redis) == kept
    await hook.send(BODY)
    assert f"dirty:{hook.connection_id}" in await keys(redis)


async def another(api: Sync) -> Hook:
    """Connect the same site in another workspace."""
    await api.connect("theirs", "wsp_2")
    return await hooked(api, "theirs", "wsp_2")


async def test_a_secret_is_of_no_use_in_another_row(api: Sync, redis: Redis) -> None:
    """Who can write to the database cannot lend a connection the secret of another (F1)."""
    await api.connect()
    hook, theirs = await hooked(api), await another(api)
    rows = api.database["connections"]
    lent = (await rows.find_one({"_id": theirs.connection_id}) or {})["hook_secret"]
    await rows.update_one({"_id": hook.connection_id}, {"$set": {"hook_secret": lent}})
    code, *_ = await answer(theirs, BODY, right(theirs), hook.connection_id)
    assert code is grpc.StatusCode.UNAUTHENTICATED
    sealed = (await rows.find_one({"_id": hook.connection_id}) or {})["sealed"]
    await rows.update_one({"_id": hook.connection_id}, {"$set": {"hook_secret": sealed}})
    code, *_ = await answer(hook, BODY, headers_of(BODY, api.twin.site.token))
    assert code is grpc.StatusCode.UNAUTHENTICATED


async def test_the_secret_before_holds_for_a_day(api: Sync, redis: Redis) -> None:
    """And then no more; the one before that ends with it, and each may be ended at once."""
    await api.connect()
    first = await hooked(api)
    second = await hooked(api)
    for hook in (first, second):
        await hook.send(BODY)
    third = await hooked(api)
    assert (await answer(first, BODY, right(first)))[0] is grpc.StatusCode.UNAUTHENTICATED
    await second.send(BODY)
    passed = {"$set": {"hook_secret_former_until": now_ms() - 1}}
    await api.database["connections"].update_one({"_id": first.connection_id}, passed)
    assert (await answer(second, BODY, right(second)))[0] is grpc.StatusCode.UNAUTHENTICATED
    await third.send(BODY)
    last = await hooked(api, end_former=True)
    assert (await answer(third, BODY, right(third)))[0] is grpc.StatusCode.UNAUTHENTICATED
    await last.send(BODY)


async def test_what_a_rotation_tells(api: Sync) -> None:
    """Where webhooks go, the secret once, until when the other holds; the audit hears no secret."""
    made = await api.connect()
    rotate = connection_pb2.RotateWebhookSecretRequest
    first = await api.ask(rotate(connection_id="site"), sub="usr_7")
    assert first.path == f"/api/webhooks/jira/{made.id}"
    assert not first.HasField("former_until_time")
    second = await api.ask(rotate(connection_id=made.id))
    until = second.former_until_time.ToMilliseconds()
    assert abs(until - now_ms() - DAY_MS) < MINUTE_MS
    assert len(first.secret) >= 43
    assert first.secret != second.secret
    stored = str(await everything(api.database))
    assert first.secret not in stored
    assert second.secret not in stored
    events = await api.database["audit_outbox"].find({}).sort("occurred", 1).to_list()
    told = [one for one in events if one["action"] == "connection.rotate_webhook_secret"]
    assert next((one["actor_id"], one["target_id"], one["details"]) for one in told) == (
        "usr_7",
        made.id,
        [["former", "kept"]],
    )


async def test_a_body_that_is_none(api: Sync, redis: Redis) -> None:
    """Signed, but no webhook, or too large: a fault of the request, which nobody sends again."""
    await api.connect()
    hook = await hooked(api)
    for body in (b"[]", b"{}", b'{"timestamp":"1"}', b" " * LARGEST_BODY + BODY):
        code, *_ = await answer(hook, body, headers_of(body, hook.secret))
        assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert f"dirty:{hook.connection_id}" not in await keys(redis)


async def test_a_delivery_counts_once(api: Sync, redis: Redis) -> None:
    """Sent again it marks nothing, whatever it holds; without an id, the same bytes do not."""
    await api.connect()
    hook = await hooked(api)
    for issue in ("10001", "10002"):
        body = body_of(issue)
        await hook.send(body, headers_of(body, hook.secret, "d-1"))
    assert await redis.zrange(f"dirty:{hook.connection_id}", 0, -1) == [b"10001"]
    bare = ((SIGNATURE, signed(BODY, hook.secret)),)
    await hook.send(BODY, bare)
    await redis.delete(f"dirty:{hook.connection_id}")
    await hook.send(BODY, bare)
    assert await redis.zcard(f"dirty:{hook.connection_id}") == 0


async def test_what_names_no_issue_marks_none(api: Sync, redis: Redis) -> None:
    """It is taken, and nobody is set going."""
    await api.connect()
    hook = await hooked(api)
    body = json.dumps({"timestamp": now_ms(), "webhookEvent": "sprint_started"}).encode()
    await hook.send(body)
    assert await keys(redis) == set()


async def test_a_deleted_connection_leaves_nothing(api: Sync, redis: Redis) -> None:
    """Marks, deliveries and secrets go with it, and with its workspace; another's stay."""
    await api.connect()
    hook, theirs = await hooked(api), await another(api)
    for one in (hook, theirs):
        await one.send(body_of("10001"))
    await api.ask(connection_pb2.DeleteConnectionRequest(connection_id="site"))
    left = [key for key in await keys(redis) if not key.startswith("bull:")]
    assert sorted(left) == sorted(
        ["dirty", f"dirty:{theirs.connection_id}", f"hook:{theirs.connection_id}"]
    )
    assert await redis.zrange("dirty", 0, -1) == [theirs.connection_id.encode()]
    gone = replace(hook, secret="")
    assert (await answer(gone, BODY, right(hook)))[0] is grpc.StatusCode.UNAUTHENTICATED
    erase = internal_pb2.EraseWorkspaceRequest(workspace_id="wsp_2")
    token = service_token(api.mint)
    await api.internal.EraseWorkspace(
        erase, metadata=(("authorization", f"Bearer {token}"),), timeout=20
    )
    assert [key for key in await keys(redis) if not key.startswith("bull:")] == []
