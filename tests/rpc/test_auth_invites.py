"""Invitations: for one address, once, for seven days, and worth what the inviter may still give."""

import asyncio
from collections.abc import AsyncIterator

import grpc
import pytest

from jira_analytics.auth.v1 import workspace_pb2 as pb
from jira_analytics.auth.v1.workspace_pb2 import Member
from tests.rpc.auth_service import Auth, auth_service, refused
from tests.rpc.auth_workspaces import (
    Person,
    accept,
    invited,
    joined,
    person_of,
    signed_up,
    workspaces,
)

DAY = 24 * 3600 * 1000


@pytest.fixture
async def auth(mongo_url: str, mongo_database: str) -> AsyncIterator[Auth]:
    async with auth_service(mongo_url, mongo_database) as running:
        yield running


async def invites(auth: Auth, by: Person) -> list[pb.Invite]:
    listed = await workspaces(auth).ListInvites(pb.ListInvitesRequest(), metadata=by.bearer)
    return list(listed.invites)


async def test_who_is_invited_joins(auth: Auth) -> None:
    """The link makes a member of the role that waits, and confirms the address; then it is gone."""
    owner = await signed_up(auth, "a@example.com")
    guest = await person_of(auth, await auth.sign_up("b@example.com", workspace_name="Own"))
    token = await invited(auth, owner, "b@example.com", "ADMIN")
    (waiting,) = await invites(auth, owner)
    assert (waiting.email, waiting.role) == ("b@example.com", Member.ADMIN)
    assert waiting.inviter_id == owner.user_id
    assert waiting.expire_time.ToMilliseconds() - waiting.create_time.ToMilliseconds() == 7 * DAY
    workspace = await accept(auth, guest, token)
    assert (workspace.id, workspace.name) == (owner.workspace_id, "Acme")
    assert await invites(auth, owner) == []
    kept = await auth.database["users"].find_one({"_id": guest.user_id})
    assert kept is not None
    assert kept["verified"] is True


async def test_an_invitation_is_for_its_address_alone(auth: Auth) -> None:
    """Another account cannot use it, and its trying leaves it whole."""
    owner = await signed_up(auth, "a@example.com")
    guest, thief = [await signed_up(auth, f"{name}@example.com") for name in ("b", "c")]
    token = await invited(auth, owner, "b@example.com", "OWNER")
    async with refused("LINK_INVALID") as seen:
        await accept(auth, thief, token)
    assert seen[0].code == grpc.StatusCode.FAILED_PRECONDITION
    await accept(auth, guest, token)


async def test_of_twenty_who_accept_at_once_one_joins(auth: Auth) -> None:
    """One acceptance succeeds, nineteen find the link used, and there is one member more."""
    owner = await signed_up(auth, "a@example.com")
    guest = await signed_up(auth, "b@example.com")
    token = await invited(auth, owner, "b@example.com")
    tries = [accept(auth, guest, token) for _ in range(20)]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert len([one for one in outcomes if isinstance(one, pb.Workspace)]) == 1
    there = {"workspace_id": owner.workspace_id}
    assert await auth.database["members"].count_documents(there) == 2
    async with refused("LINK_INVALID"):
        await accept(auth, guest, token)


async def test_an_invitation_ends_after_seven_days(auth: Auth) -> None:
    """After seven days it is not listed and opens nothing."""
    owner = await signed_up(auth, "a@example.com")
    token = await invited(auth, owner, "b@example.com")
    auth.clock.ahead = 7 * DAY
    guest = await signed_up(auth, "b@example.com")
    async with refused("LINK_INVALID"):
        await accept(auth, guest, token)
    again = Person(owner.user_id, owner.workspace_id, owner.email, await auth.log_in(owner.email))
    assert await invites(auth, again) == []


async def test_an_invitation_that_was_taken_back_opens_nothing(auth: Auth) -> None:
    """Its link is void from then on; another workspace's invitation is not found."""
    owner = await signed_up(auth, "a@example.com")
    guest = await signed_up(auth, "b@example.com")
    token = await invited(auth, owner, "b@example.com")
    (waiting,) = await invites(auth, owner)
    request = pb.RevokeInviteRequest(invite_id=waiting.id)
    async with refused("NOT_FOUND"):
        await workspaces(auth).RevokeInvite(request, metadata=guest.bearer)
    await workspaces(auth).RevokeInvite(request, metadata=owner.bearer)
    async with refused("LINK_INVALID"):
        await accept(auth, guest, token)
    async with refused("NOT_FOUND"):
        await workspaces(auth).RevokeInvite(request, metadata=owner.bearer)


async def test_inviting_again_voids_the_link_before(auth: Auth) -> None:
    """There is one invitation for an address: the last, with the role it says."""
    owner = await signed_up(auth, "a@example.com")
    guest = await signed_up(auth, "b@example.com")
    before = await invited(auth, owner, "b@example.com", "OWNER")
    after = await invited(auth, owner, "b@example.com", "VIEWER")
    assert [one.role for one in await invites(auth, owner)] == [Member.VIEWER]
    async with refused("LINK_INVALID"):
        await accept(auth, guest, before)
    await accept(auth, guest, after)


async def test_nobody_invites_above_themselves(auth: Auth) -> None:
    """An admin invites admins and no owners."""
    owner = await signed_up(auth, "a@example.com")
    admin = await joined(auth, owner, "b@example.com", "ADMIN")
    async with refused("ROLE_INSUFFICIENT") as seen:
        await invited(auth, admin, "c@example.com", "OWNER")
    assert seen[0].metadata == {"required": "OWNER"}
    await invited(auth, admin, "c@example.com", "ADMIN")


async def test_members_are_not_invited(auth: Auth) -> None:
    """Who is in the workspace is ALREADY_EXISTS, in whatever case their address is written."""
    owner = await signed_up(auth, "a@example.com")
    await joined(auth, owner, "b@example.com")
    for email in ("a@example.com", " B@Example.com"):
        async with refused("ALREADY_MEMBER"):
            await invited(auth, owner, email)


async def test_what_a_removed_inviter_sent_is_void(auth: Auth) -> None:
    """An owner who was removed cannot bring anybody, or themselves, in by a link sent before."""
    owner = await signed_up(auth, "a@example.com")
    rogue = await joined(auth, owner, "b@example.com", "OWNER")
    puppet = await signed_up(auth, "c@example.com")
    token = await invited(auth, rogue, "c@example.com", "OWNER")
    lowered = pb.UpdateMemberRequest(user_id=rogue.user_id, role=Member.ADMIN)
    await workspaces(auth).UpdateMember(lowered, metadata=owner.bearer)
    async with refused("LINK_INVALID"):
        await accept(auth, puppet, token)
    out = pb.RemoveMemberRequest(user_id=rogue.user_id)
    await workspaces(auth).RemoveMember(out, metadata=owner.bearer)
    async with refused("LINK_INVALID"):
        await accept(auth, puppet, token)


async def test_the_link_stands_nowhere(auth: Auth) -> None:
    """Neither the answers nor the database hold the token that was mailed."""
    owner = await signed_up(auth, "a@example.com")
    token = await invited(auth, owner, "b@example.com")
    assert token not in str(await invites(auth, owner))
    for name in await auth.database.list_collection_names():
        assert token not in str(await auth.database[name].find({}).to_list())


@pytest.mark.parametrize("token", ["", "x", "x" * 2000, "é"])
async def test_what_is_no_link_opens_nothing(auth: Auth, token: str) -> None:
    """A token that nobody mailed is refused as an old one is; an empty one as a missing field."""
    owner = await signed_up(auth, "a@example.com")
    async with refused("LINK_INVALID" if token else "INVALID_FIELD"):
        await accept(auth, owner, token)
