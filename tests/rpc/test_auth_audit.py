"""The audit over the wire: events get their place, are listed to admins only, and verify."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import grpc
import pytest

from client.audit_findings import Outcome, Seen
from client.audit_verification import verify_audit
from jira_analytics.auth.v1 import workspace_pb2 as pb
from jira_analytics.auth.v1.auth_pb2 import LogoutRequest
from jira_analytics.auth.v1.workspace_pb2_grpc import WorkspaceServiceStub
from services.auth.settings import AuditSettings
from services.auth.store.audit_inbox import AuditInbox
from services.kernel.audit import LATE_MILLISECONDS, TOGETHER_MILLISECONDS, AuditEvent
from services.kernel.ids import WorkspaceId, fresh
from tests.rpc.auth_service import Auth, auth_service, refused

PATIENCE_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Audits:
    """A running service, and somebody signed in there as the owner of a workspace."""

    auth: Auth
    stub: Any
    workspace_id: str
    metadata: tuple[tuple[str, str], ...]

    async def happen(self, *actions: str, **fields: Any) -> None:
        """Let events happen in the workspace, in this order."""
        values = {"workspace_id": WorkspaceId(self.workspace_id), "actor_id": "usr_1", **fields}
        for number, action in enumerate(actions):
            now = self.auth.clock() + number
            event = AuditEvent(fresh("evt"), action=action, **{"occurred": now, **values})
            await AuditInbox(self.auth.database).add(event)

    async def settled(self) -> None:
        """Wait until no event waits for its place."""
        ends = time.monotonic() + PATIENCE_SECONDS
        while await self.auth.database["audit_inbox"].count_documents({}):
            assert time.monotonic() < ends, "events still wait for their place"
            await asyncio.sleep(0.02)

    async def audit_events(self, request: pb.ListAuditEventsRequest) -> pb.ListAuditEventsResponse:
        found: pb.ListAuditEventsResponse = await self.stub.ListAuditEvents(
            request, metadata=self.metadata
        )
        return found

    async def audit_checkpoints(
        self, request: pb.ListAuditCheckpointsRequest
    ) -> pb.ListAuditCheckpointsResponse:
        found: pb.ListAuditCheckpointsResponse = await self.stub.ListAuditCheckpoints(
            request, metadata=self.metadata
        )
        return found

    async def actions(self, **wanted: Any) -> list[str]:
        """List the actions of the events that are asked for."""
        page = await self.audit_events(pb.ListAuditEventsRequest(**wanted))
        return [event.action for event in page.audit_events]

    async def told(self, action: str) -> None:
        """Wait until an action has its place."""
        ends = time.monotonic() + PATIENCE_SECONDS
        while action not in await self.actions():
            assert time.monotonic() < ends, f"{action} still waits for its place"
            await asyncio.sleep(0.02)

    async def verified(self, seen: Seen | None = None) -> Outcome:
        """Verify the workspace's audit as a client does."""
        now = datetime.fromtimestamp(self.auth.clock() / 1000, UTC)
        return await verify_audit(self, self.workspace_id, seen=seen, now=now)


async def signed_in(auth: Auth, stub: Any, email: str) -> Audits:
    tokens = await auth.sign_up(email)
    me = await auth.me(tokens.access_token)
    metadata = (("authorization", f"Bearer {tokens.access_token}"),)
    return Audits(auth, stub, me.workspace.id, metadata)


@pytest.fixture
async def auth(mongo_url: str, mongo_database: str) -> AsyncIterator[Auth]:
    audit = AuditSettings(rest_seconds=0.05)
    async with auth_service(mongo_url, mongo_database, audit=audit) as running:
        yield running


@pytest.fixture
async def audits(auth: Auth) -> AsyncIterator[Audits]:
    async with grpc.aio.insecure_channel(auth.address) as channel:
        ours = await signed_in(auth, WorkspaceServiceStub(channel), "a@example.com")
        await ours.settled()
        yield ours


async def test_what_was_done_is_listed_and_verifies(audits: Audits) -> None:
    """Signing up is in the audit by itself, with a place, and all of it verifies."""
    assert (await audits.actions())[-1] in {"account.create", "session.begin"}
    await audits.happen("member.add", "member.update", target_id="usr_2", details={"role": "ADMIN"})
    await audits.settled()
    page = await audits.audit_events(pb.ListAuditEventsRequest(page_size=1))
    latest = page.audit_events[0]
    assert (latest.action, latest.actor_id, latest.target_id) == ("member.update", "usr_1", "usr_2")
    assert (latest.result, dict(latest.details)) == (pb.AuditEvent.SUCCEEDED, {"role": "ADMIN"})
    outcome = await audits.verified()
    assert outcome.whole
    assert outcome.verified == latest.sequence


async def test_filters_narrow_and_pages_stand_still(audits: Audits) -> None:
    """Each filter leaves what it names; events that come between two pages move nothing."""
    begun = audits.auth.clock()
    await audits.happen("member.add", "member.update", "members.x", "key.rotate", actor_id="usr_9")
    await audits.happen("member.remove", actor_id="usr_8", target_id="usr_7", occurred=begun + 99)
    await audits.happen("session.refuse", succeeded=False, occurred=begun + 199)
    await audits.settled()
    assert await audits.actions(action="member.") == [
        "member.remove",
        "member.update",
        "member.add",
    ]
    assert await audits.actions(action="member.add") == ["member.add"]
    assert len(await audits.actions(actor_id="usr_9")) == 4
    assert await audits.actions(target_id="usr_7") == ["member.remove"]
    assert await audits.actions(result=pb.AuditEvent.REFUSED) == ["session.refuse"]
    start, end = pb.ListAuditEventsRequest().start_time, pb.ListAuditEventsRequest().end_time
    start.FromMilliseconds(begun + 99)
    end.FromMilliseconds(begun + 199)
    assert await audits.actions(start_time=start, end_time=end) == ["member.remove"]
    request = pb.ListAuditEventsRequest(page_size=2, actor_id="usr_9")
    first = await audits.audit_events(request)
    await audits.happen("member.leave", actor_id="usr_9")
    await audits.settled()
    request.page_token = first.next_page_token
    second = await audits.audit_events(request)
    listed = [one.action for one in [*first.audit_events, *second.audit_events]]
    assert listed == ["key.rotate", "members.x", "member.update", "member.add"]
    assert not second.next_page_token


async def test_another_workspace_has_an_audit_of_its_own(audits: Audits) -> None:
    """Its events are never listed, whatever is asked for, and its chain begins with 1 again."""
    theirs = await signed_in(audits.auth, audits.stub, "b@example.com")
    await audits.happen("member.add", actor_id="usr_9", target_id="usr_7")
    await theirs.happen("member.remove", actor_id="usr_9", target_id="usr_7")
    await audits.settled()
    assert await audits.actions(actor_id="usr_9") == ["member.add"]
    assert await theirs.actions(target_id="usr_7") == ["member.remove"]
    for each in (audits, theirs):
        assert (await each.verified()).whole
        page = await each.audit_events(pb.ListAuditEventsRequest())
        assert page.audit_events[-1].sequence == 1
    ours = await audits.audit_checkpoints(pb.ListAuditCheckpointsRequest())
    assert not {one.signature for one in ours.checkpoints} & {
        one.signature
        for one in (await theirs.audit_checkpoints(pb.ListAuditCheckpointsRequest())).checkpoints
    }


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"page_size": 1001}, "page_size"),
        ({"page_size": -1}, "page_size"),
        ({"page_token": "0"}, "page_token"),
        ({"page_token": "1" * 13}, "page_token"),
        ({"page_token": "\u0661"}, "page_token"),
        ({"action": "member"}, "action"),
        ({"action": ".*"}, "action"),
        ({"actor_id": "x" * 65}, "actor_id"),
        ({"target_id": "a\nb"}, "target_id"),
        ({"result": 9}, "result"),
    ],
)
async def test_what_makes_no_sense_is_refused(
    audits: Audits, wanted: dict[str, Any], field: str
) -> None:
    async with refused("INVALID_FIELD") as seen:
        await audits.actions(**wanted)
    assert seen[0].metadata["field"] == field


async def test_erasing_a_person_leaves_the_audit_whole(audits: Audits) -> None:
    """The rows hold ids only: when the account's documents are gone, every row still verifies."""
    await audits.happen("member.add", "member.update")
    await audits.settled()
    seen = (await audits.verified()).head
    for name in ("users", "emails"):
        await audits.auth.database[name].delete_many({})
    outcome = await audits.verified(seen)
    assert outcome.whole
    rows = await audits.auth.database["audit"].find({}).to_list()
    assert "a@example.com" not in str(rows)


async def test_refusals_get_their_place_when_their_minute_is_over(audits: Audits) -> None:
    """As one event that says how often; what was done meanwhile does not wait for it."""
    auth = audits.auth
    auth.clock.stand()
    tokens = await auth.log_in()
    await auth.stub.Logout(
        LogoutRequest(), metadata=(("authorization", f"Bearer {tokens.access_token}"),)
    )
    for _ in range(3):
        async with refused("REFRESH_TOKEN_INVALID"):
            await auth.refresh(tokens.refresh_token)
    await audits.told("session.end")
    assert "session.refresh" not in await audits.actions()
    auth.clock.ahead += TOGETHER_MILLISECONDS + LATE_MILLISECONDS
    await audits.settled()
    page = await audits.audit_events(pb.ListAuditEventsRequest(action="session.refresh"))
    (counted,) = page.audit_events
    assert (counted.result, dict(counted.details)) == (
        pb.AuditEvent.REFUSED,
        {"reason": "REFRESH_TOKEN_INVALID", "times": "3"},
    )
    assert (await audits.verified()).whole
