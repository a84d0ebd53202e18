"""Mails of invitations: one a minute for an address and a workspace, and so many that stand."""

from collections.abc import AsyncIterator

import pytest

from jira_analytics.auth.v1 import workspace_pb2 as pb
from jira_analytics.auth.v1.workspace_pb2 import Member
from tests.rpc.auth_service import Auth, auth_service, refused
from tests.rpc.auth_workspaces import Person, accept, signed_up, workspaces
from tests.rpc.mail_sending import Pile, sending
from tests.rpc.mail_servers import token_in

MINUTE, MOST = 60_000, 200
GUEST = "b@example.com"


@pytest.fixture
async def auth(mongo_url: str, mongo_database: str) -> AsyncIterator[Auth]:
    async with auth_service(mongo_url, mongo_database) as running:
        running.clock.stand()
        running.clock.stood -= running.clock.stood % MINUTE
        yield running


async def invite(auth: Auth, by: Person, email: str = GUEST) -> str:
    request = pb.InviteMemberRequest(email=email, role=Member.VIEWER)
    made = await workspaces(auth).InviteMember(request, metadata=by.bearer)
    return str(made.id)


async def sent(auth: Auth, email: str = GUEST) -> list[str]:
    """Send what is due; gives the tokens of the links that an address is mailed."""
    pile = Pile()
    while await sending(auth.database, pile, auth.clock)():
        pass
    return [token_in(one.text) for one in pile.letters if one.mail.email == email]


async def test_an_address_is_mailed_once_a_minute(auth: Auth) -> None:
    """However often it is invited, also where each is taken back: the last one's link comes."""
    owner, guest = await signed_up(auth, "a@example.com"), await signed_up(auth, GUEST)
    await sent(auth)
    await invite(auth, owner)
    (first,) = await sent(auth)
    for _ in range(5):
        made = await invite(auth, owner)
        assert await sent(auth) == []
        taken_back = pb.RevokeInviteRequest(invite_id=made)
        await workspaces(auth).RevokeInvite(taken_back, metadata=owner.bearer)
    await invite(auth, owner)
    auth.clock.ahead += MINUTE - 1
    assert await sent(auth) == []
    auth.clock.ahead += 1
    (second,) = await sent(auth)
    await invite(auth, owner)
    assert await sent(auth) == []
    async with refused("LINK_INVALID"):
        await accept(auth, guest, first)
    async with refused("LINK_INVALID"):
        await accept(auth, guest, second)
    auth.clock.ahead += MINUTE
    (third,) = await sent(auth)
    await accept(auth, guest, third)


async def test_of_invitations_before_the_mail_goes_out_the_last_is_mailed(auth: Auth) -> None:
    """What waits to be sent is not sent twice, and its link is that of what stands."""
    owner, guest = await signed_up(auth, "a@example.com"), await signed_up(auth, GUEST)
    await sent(auth)
    for _ in range(3):
        await invite(auth, owner)
    (token,) = await sent(auth)
    await accept(auth, guest, token)


async def test_no_address_and_no_workspace_waits_for_another(auth: Auth) -> None:
    """Two workspaces that invite one address, and one that invites two, are mailed for at once."""
    owner, other = await signed_up(auth, "a@example.com"), await signed_up(auth, "o@example.com")
    for by, email in ((owner, GUEST), (other, GUEST), (owner, "c@example.com")):
        await invite(auth, by, email)
        assert len(await sent(auth, email)) == 1


async def test_so_many_invitations_stand_at_most(auth: Auth) -> None:
    """With 200 there is room for none but in place of one; what has expired does not count."""
    owner = await signed_up(auth, "a@example.com")
    await invite(auth, owner)
    kept = await auth.database["invites"].find_one({})
    assert kept is not None
    more = [
        {**kept, "_id": f"{owner.workspace_id}:{n}@example.com", "id": f"inv_{n}"}
        for n in range(MOST - 1)
    ]
    await auth.database["invites"].insert_many(more)
    async with refused("LIMIT_REACHED") as seen:
        await invite(auth, owner, "c@example.com")
    assert seen[0].metadata == {"limit": str(MOST)}
    assert await auth.database["mails"].count_documents({"email": "c@example.com"}) == 0
    await invite(auth, owner, "7@example.com")
    expired = {"$set": {"expires": auth.clock()}}
    await auth.database["invites"].update_one({"id": "inv_8"}, expired)
    await invite(auth, owner, "c@example.com")
