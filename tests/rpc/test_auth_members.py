"""Members on the running service: who may do what, and what tokens then say."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest

from jira_analytics.auth.v1 import workspace_pb2 as pb
from jira_analytics.auth.v1.workspace_pb2 import Member
from tests.rpc.auth_service import Auth, auth_service, refused
from tests.rpc.auth_workspaces import (
    Person,
    accept,
    give,
    invited,
    joined,
    leave,
    members,
    remove,
    signed_in_at,
    signed_up,
    workspaces,
)


@pytest.fixture
async def auth(mongo_url: str, mongo_database: str) -> AsyncIterator[Auth]:
    async with auth_service(mongo_url, mongo_database) as running:
        yield running


async def test_members_are_listed_by_when_they_joined(auth: Auth) -> None:
    """Every member once, the first to join first, over as many pages as it takes."""
    owner = await signed_up(auth, "a@example.com")
    others = [await joined(auth, owner, f"m{n}@example.com", "VIEWER") for n in range(3)]
    first = await members(auth, others[0], page_size=3)
    rest = await members(auth, others[0], page_size=3, page_token=first.next_page_token)
    listed = [*first.members, *rest.members]
    assert [one.user_id for one in listed] == [owner.user_id, *(one.user_id for one in others)]
    assert [one.role for one in listed] == [Member.OWNER, *[Member.VIEWER] * 3]
    assert listed[1].email == "m0@example.com"
    assert (len(first.members), rest.next_page_token) == (3, "")


async def test_a_changed_role_ends_tokens_that_say_another(auth: Auth) -> None:
    """A member who was lowered cannot do with the old token what the role no longer lets them."""
    owner = await signed_up(auth, "a@example.com")
    admin = await joined(auth, owner, "b@example.com", "ADMIN")
    changed = await give(auth, owner, admin.user_id, "VIEWER")
    assert (changed.user_id, changed.role) == (admin.user_id, Member.VIEWER)
    async with refused("TOKEN_STALE"):
        await give(auth, admin, owner.user_id, "VIEWER")
    fresh = await auth.refresh(admin.tokens.refresh_token)
    viewer = Person(admin.user_id, admin.workspace_id, admin.email, fresh)
    async with refused("ROLE_INSUFFICIENT"):
        await give(auth, viewer, viewer.user_id, "ADMIN")


async def test_an_admin_deals_with_all_but_owners(auth: Auth) -> None:
    """An admin makes admins, and neither makes, nor lowers, nor removes an owner."""
    owner = await signed_up(auth, "a@example.com")
    admin = await joined(auth, owner, "b@example.com", "ADMIN")
    viewer = await joined(auth, owner, "c@example.com", "VIEWER")
    assert (await give(auth, admin, viewer.user_id, "ADMIN")).role == Member.ADMIN
    for attempt in (
        give(auth, admin, admin.user_id, "OWNER"),
        give(auth, admin, viewer.user_id, "OWNER"),
        give(auth, admin, owner.user_id, "ADMIN"),
        remove(auth, admin, owner.user_id),
    ):
        async with refused("ROLE_INSUFFICIENT") as seen:
            await attempt
        assert seen[0].metadata == {"required": "OWNER"}
    await remove(auth, admin, viewer.user_id)
    listed = await members(auth, owner)
    assert [one.role for one in listed.members] == [Member.OWNER, Member.ADMIN]


async def test_who_is_removed_is_out_at_once(auth: Auth) -> None:
    """Their tokens and sessions there end, and signing in leads to where they belong."""
    owner = await signed_up(auth, "a@example.com")
    member = await joined(auth, owner, "b@example.com", "ADMIN")
    await remove(auth, owner, member.user_id)
    async with refused("TOKEN_STALE"):
        await auth.me(member.tokens.access_token)
    async with refused("REFRESH_TOKEN_INVALID"):
        await auth.refresh(member.tokens.refresh_token)
    home = await auth.me((await auth.log_in("b@example.com")).access_token)
    assert home.workspace.id not in ("", owner.workspace_id)
    assert home.role == Member.OWNER
    assert len((await members(auth, owner)).members) == 1


async def test_who_comes_back_does_not_come_back_with_old_tokens(auth: Auth) -> None:
    """A token of the membership before stays ended after its bearer was invited again."""
    owner = await signed_up(auth, "a@example.com")
    member = await joined(auth, owner, "b@example.com", "ADMIN")
    await remove(auth, owner, member.user_id)
    home = Person(member.user_id, "", member.email, await auth.log_in(member.email))
    await accept(auth, home, await invited(auth, owner, member.email, "VIEWER"))
    async with refused("TOKEN_STALE"):
        await auth.me(member.tokens.access_token)
    back = await signed_in_at(auth, member, owner.workspace_id)
    assert (await auth.me(back.tokens.access_token)).role == Member.VIEWER


async def test_the_last_owner_cannot_go(auth: Auth) -> None:
    """Not by leaving, not by being lowered or removed; with another one they can."""
    owner = await signed_up(auth, "a@example.com")
    second = await joined(auth, owner, "b@example.com", "ADMIN")
    for attempt in (
        leave(auth, owner),
        give(auth, owner, owner.user_id, "ADMIN"),
        remove(auth, owner, owner.user_id),
    ):
        async with refused("LAST_OWNER") as seen:
            await attempt
        assert seen[0].code == grpc.StatusCode.FAILED_PRECONDITION
        assert seen[0].metadata == {"workspace_ids": owner.workspace_id}
    await give(auth, owner, second.user_id, "OWNER")
    await leave(auth, owner)
    fresh = await auth.refresh(second.tokens.refresh_token)
    left = Person(second.user_id, second.workspace_id, second.email, fresh)
    assert [one.user_id for one in (await members(auth, left)).members] == [second.user_id]


async def test_an_owner_who_is_about_to_be_erased_is_none(auth: Auth) -> None:
    """With the other owner's account waiting for its erasure, an owner cannot leave."""
    owner = await signed_up(auth, "a@example.com")
    other = await joined(auth, owner, "b@example.com", "OWNER")
    erasing = {"$set": {"erased_from": auth.clock() + 1}}
    await auth.database["users"].update_one({"_id": other.user_id}, erasing)
    async with refused("LAST_OWNER"):
        await leave(auth, owner)


async def test_of_two_owners_who_leave_at_once_one_stays(auth: Auth) -> None:
    """Twelve times over, by leaving, lowering and removing each other: one owner is left."""
    for turn in range(12):
        owner = await signed_up(auth, f"o{turn}@example.com")
        other = await joined(auth, owner, f"p{turn}@example.com", "OWNER")
        ways: list[Any] = [
            (leave(auth, owner), leave(auth, other)),
            (give(auth, owner, other.user_id, "VIEWER"), give(auth, other, owner.user_id, "ADMIN")),
            (remove(auth, owner, other.user_id), remove(auth, other, owner.user_id)),
        ]
        chosen = ways.pop(turn % 3)
        for unused in ways:
            for call in unused:
                call.close()
        outcomes = await asyncio.gather(*chosen, return_exceptions=True)
        assert len([one for one in outcomes if isinstance(one, grpc.aio.AioRpcError)]) == 1
        owning = {"workspace_id": owner.workspace_id, "role": "OWNER"}
        assert await auth.database["members"].count_documents(owning) == 1


async def test_others_and_nobody_are_not_found_alike(auth: Auth) -> None:
    """A user of another workspace and one who does not exist get the same answer, word for word."""
    owner = await signed_up(auth, "a@example.com")
    stranger = await signed_up(auth, "b@example.com")
    said = []
    for user_id in (stranger.user_id, "usr_nobody"):
        for attempt in (
            give(auth, owner, user_id, "VIEWER"),
            remove(auth, owner, user_id),
        ):
            async with refused("NOT_FOUND") as seen:
                await attempt
            said.append((seen[0].code, seen[0].metadata, seen[0].everything))
    assert said[:2] == said[2:]


@pytest.mark.parametrize(
    ("request_of", "field"),
    [
        (pb.UpdateMemberRequest(role=Member.VIEWER), "user_id"),
        (pb.UpdateMemberRequest(user_id="x" * 65, role=Member.VIEWER), "user_id"),
        (pb.UpdateMemberRequest(user_id="usr_1"), "role"),
    ],
)
async def test_a_garbled_request_is_refused_by_field(
    auth: Auth, request_of: pb.UpdateMemberRequest, field: str
) -> None:
    """What is left out or cannot be is named."""
    owner = await signed_up(auth, "a@example.com")
    async with refused("INVALID_FIELD") as seen:
        await workspaces(auth).UpdateMember(request_of, metadata=owner.bearer)
    assert seen[0].metadata == {"field": field}


async def test_what_was_done_and_what_was_refused_is_in_the_audit(auth: Auth) -> None:
    """Who, what and how it ended; no address and no name."""
    owner = await signed_up(auth, "a@example.com", workspace_name="Secret Works")
    admin = await joined(auth, owner, "b@example.com", "ADMIN")
    async with refused("ROLE_INSUFFICIENT"):
        await give(auth, admin, owner.user_id, "VIEWER")
    await give(auth, owner, admin.user_id, "MEMBER")
    kept = {"workspace_id": owner.workspace_id, "action": {"$in": ["member.add", "member.update"]}}
    rows = await auth.database["audit_inbox"].find(kept).sort("occurred", 1).to_list()
    seen = [(row["action"], row["actor_id"], row["target_id"], row["succeeded"]) for row in rows]
    assert seen == [
        ("member.add", admin.user_id, admin.user_id, True),
        ("member.update", admin.user_id, owner.user_id, False),
        ("member.update", owner.user_id, admin.user_id, True),
    ]
    assert "example.com" not in str(rows)
    assert "Secret" not in str(rows)
