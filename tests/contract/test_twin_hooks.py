"""The twin's webhooks are those that an administrator of Jira Cloud registers."""

import hashlib
import hmac
import json
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme

from tests.contract.hook_receiver import EVENTS, HOOKS, Receiver, edit, receiving, register
from tests.contract.twin_calls import signed_in
from twin.clock import Clock, Past
from twin.hooks.delivering import signature
from twin.life.founding import Founding, found
from twin.life.people import Life
from twin.serving import Running, running
from twin.world import World

REAL = Path(__file__).parents[3] / "shared" / "data" / "jira" / "webhooks"
FILES = {
    "jira:issue_created": "webhook-issue-created.json",
    "jira:issue_updated": "webhook-issue-updated-started-working.json",
    "jira:issue_deleted": "webhook-issue-deleted.json",
    "comment_created": "webhook-cloud-comment-created.json",
}


@pytest.fixture
def world() -> World:
    return found(Founding(issues=40, projects=2), seed=21)


@pytest.fixture
async def twin(world: World) -> AsyncIterator[Running]:
    async with running(world, clock=Clock(source=Past(1_900_000_000_000))) as serving:
        yield serving


def test_a_signature_is_the_one_of_atlassians_own_example() -> None:
    assert signature("It's a Secret to Everybody", b"Hello World!") == (
        "sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9"
    )


async def test_an_edit_is_told_signed_and_with_who_did_it(
    jira: httpx.AsyncClient, twin: Running, receiver: Receiver
) -> None:
    await register(jira, receiver, url=f"{receiver.url}?tenant=1&issue=${{issue.key}}")
    issue_id = await edit(jira, twin, assignee="person-0001")
    [delivery] = receiver.received
    issue = twin.world.issue(issue_id)
    assert delivery.body["webhookEvent"] == "jira:issue_updated"
    assert delivery.body["issue_event_type_name"] == "issue_assigned"
    assert delivery.body["issue"]["id"] == issue_id
    assert delivery.body["changelog"]["id"] == issue.entries[-1].id
    account = delivery.body["user"]["accountId"]
    assert delivery.query == {
        "tenant": "1",
        "issue": issue.key,
        "user_id": account,
        "user_key": account,
    }
    signed = hmac.new(b"known", delivery.raw, hashlib.sha256).hexdigest()
    assert delivery.headers["X-Hub-Signature"] == f"sha256={signed}"
    assert delivery.headers["X-Atlassian-Webhook-Flow"] == "Primary"
    assert delivery.headers["X-Atlassian-Webhook-Retry"] == "0"
    assert "emailAddress" not in delivery.raw.decode()


async def test_a_secret_is_never_shown_and_may_be_missing(
    jira: httpx.AsyncClient, twin: Running, receiver: Receiver
) -> None:
    hook = await register(jira, receiver)
    assert "secret" not in hook
    assert hook["isSigned"] is True
    assert (await jira.get(hook["self"])).json() == hook
    assert (await jira.get(HOOKS)).json() == [hook]
    await jira.delete(hook["self"])
    assert (await jira.get(hook["self"])).status_code == 404
    await register(jira, receiver, secret=None)
    await edit(jira, twin, assignee="somebody")
    [delivery] = receiver.received
    assert "X-Hub-Signature" not in delivery.headers


@pytest.mark.parametrize(
    "asked",
    [
        {"url": "https://example.com/hooks"},
        {"url": "nowhere"},
        {"events": ["jira:issue_eaten"]},
        {"filters": {"issue-related-events-section": "project ~ A"}},
        {"secret": ""},
        {"colour": "red"},
    ],
)
async def test_a_registration_that_cannot_be_is_refused(
    jira: httpx.AsyncClient, receiver: Receiver, asked: dict[str, Any]
) -> None:
    body = {"name": "ours", "url": receiver.url, "events": EVENTS, **asked}
    assert (await jira.post(HOOKS, json=body)).status_code == 400


async def test_every_kind_of_happening_is_told_by_its_event(
    jira: httpx.AsyncClient, twin: Running, receiver: Receiver
) -> None:
    await register(jira, receiver)
    told: dict[str, set[str]] = {}
    for name in ("created", "commented", "moved", "along", "deleted"):
        life = Life.of(twin.world, twin.site.clock, seed=1)
        while not life.do(name):
            pass
        await twin.site.courier.settle()
        told[name] = {one.body["webhookEvent"] for one in receiver.received}
        receiver.received.clear()
    assert told == {
        "created": {"jira:issue_created"},
        "commented": {"comment_created", "jira:issue_updated"},
        "moved": {"jira:issue_updated"},
        "along": {"jira:issue_updated"},
        "deleted": {"jira:issue_deleted"},
    }


async def test_a_filter_lets_only_its_issues_pass(
    jira: httpx.AsyncClient, twin: Running, receiver: Receiver
) -> None:
    await register(jira, receiver, filters={"issue-related-events-section": "project = BETA"})
    Life.of(twin.world, twin.site.clock, seed=2).live(150)
    await twin.site.courier.settle()
    assert receiver.received
    assert {one.body["issue"]["fields"]["project"]["key"] for one in receiver.received} == {"BETA"}


async def trouble(jira: httpx.AsyncClient, **asked: Any) -> None:
    assert (await jira.post("/_twin/hooks", json=asked)).status_code == 200


async def test_deliveries_go_astray_by_seed_and_the_same_way_again() -> None:
    orders = []
    for _ in range(2):
        world = found(Founding(issues=40, projects=2), seed=21, now_ms=1_899_999_000_000)
        clock = Clock(source=Past(1_900_000_000_000))
        async with (
            running(world, clock=clock) as twin,
            receiving() as receiver,
            signed_in(twin) as jira,
        ):
            await register(jira, receiver)
            await trouble(jira, seed=5, dropped=0.2, doubled=0.2, spread_ms=90_000)
            Life.of(world, twin.site.clock, seed=5).live(100)
            for _step in range(91):
                await jira.post("/_twin/clock", json={"advance_ms": 1_000})
                await twin.site.courier.settle()
        assert twin.site.courier.counted["dropped"] > 5
        ids = [one.identifier for one in receiver.received]
        assert len(set(ids)) < len(ids), "some came twice"
        changes = [
            int(one.body["changelog"]["id"]) for one in receiver.received if "changelog" in one.body
        ]
        assert changes != sorted(changes), "some came before what was before them"
        orders.append(sorted(ids))
    assert orders[0] == orders[1]


async def test_late_deliveries_and_cascades_come_in_their_time(
    jira: httpx.AsyncClient, twin: Running, receiver: Receiver
) -> None:
    await register(jira, receiver)
    await trouble(jira, secondary=1, compress=60)
    await edit(jira, twin, assignee="somebody")
    await jira.post("/_twin/clock", json={"advance_ms": 15_000})
    await twin.site.courier.settle()
    [delivery] = receiver.received
    assert delivery.headers["X-Atlassian-Webhook-Flow"] == "Secondary"


async def test_https_needs_who_vouches_for_it(world: World, tmp_path: Path) -> None:
    authority, file = trustme.CA(), tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(file)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    outcomes = []
    for trusted in (None, str(file)):
        async with (
            running(world, hook_ca=trusted) as twin,
            receiving(tls) as receiver,
            signed_in(twin) as jira,
        ):
            await register(jira, receiver)
            await edit(jira, twin, assignee="somebody" if trusted else None)
            outcomes.append((len(receiver.received), twin.site.courier.counted["no answer"]))
    assert outcomes == [(0, 1), (1, 0)]


@pytest.mark.skipif(not REAL.exists(), reason="no real bodies beside this checkout")
@pytest.mark.parametrize("event", list(FILES))
async def test_a_body_has_the_shape_of_a_real_one(
    jira: httpx.AsyncClient, twin: Running, receiver: Receiver, event: str
) -> None:
    """Every property of ours is one of theirs; of the issue's fields, those the twin has."""
    await register(jira, receiver, events=[event])
    Life.of(twin.world, twin.site.clock, seed=3).live(120)
    await twin.site.courier.settle()
    real = json.loads((REAL / FILES[event]).read_text())
    assert receiver.received
    ours = receiver.received[0].body
    assert set(ours) == set(real)
    assert set(ours["issue"]) == set(real["issue"])
    assert set(ours["issue"]["fields"]["status"]) - {"iconUrl", "scope"} <= set(
        real["issue"]["fields"]["status"]
    )
    if "changelog" in real:
        known = set(real["changelog"]["items"][0])
        assert all(set(item) - {"fieldId"} <= known for item in ours["changelog"]["items"])
    if "comment" in real:
        assert set(ours["comment"]) == set(real["comment"])
