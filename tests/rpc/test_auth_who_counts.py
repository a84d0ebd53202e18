"""Who counts as a member: nobody who is disabled or about to be erased gives roles, or owns."""

from collections.abc import AsyncIterator

import pytest

from jira_analytics.auth.v1 import auth_pb2
from tests.rpc.auth_machines import machine
from tests.rpc.auth_service import Auth, auth_service, refused
from tests.rpc.auth_workspaces import (
    Person,
    accept,
    disable,
    invited,
    joined,
    leave,
    members,
    remove,
    signed_in_at,
    signed_up,
)


@pytest.fixture
async def auth(mongo_url: str, mongo_database: str) -> AsyncIterator[Auth]:
    async with auth_service(mongo_url, mongo_database) as running:
        yield running


async def delete(auth: Auth, who: Person) -> None:
    """Have somebody ask for their account's deletion."""
    await auth.stub.DeleteAccount(auth_pb2.DeleteAccountRequest(), metadata=who.bearer)


async def test_what_a_disabled_inviter_sent_opens_nothing_meanwhile(auth: Auth) -> None:
    """Nobody becomes an owner by it; once the inviter is enabled again the same link does."""
    owner = await signed_up(auth, "a@example.com")
    rogue = await joined(auth, owner, "b@example.com", "OWNER")
    guest = await signed_up(auth, "c@example.com")
    token = await invited(auth, rogue, guest.email, "OWNER")
    await disable(auth, rogue)
    async with refused("LINK_INVALID"):
        await accept(auth, guest, token)
    assert len((await members(auth, owner)).members) == 2
    await disable(auth, rogue, enable=True)
    await accept(auth, guest, token)


async def test_what_an_inviter_sent_who_is_leaving_opens_nothing(auth: Auth) -> None:
    """Somebody whose account waits for its erasure brings nobody in, until they come back."""
    owner = await signed_up(auth, "a@example.com")
    admin = await joined(auth, owner, "b@example.com", "ADMIN")
    guest = await signed_up(auth, "c@example.com")
    token = await invited(auth, admin, guest.email)
    await delete(auth, admin)
    async with refused("LINK_INVALID"):
        await accept(auth, guest, token)
    await signed_in_at(auth, admin, owner.workspace_id)
    await accept(auth, guest, token)


@pytest.mark.parametrize("by_machine", [False, True])
async def test_nobody_joins_a_workspace_that_no_owner_stays_in(
    auth: Auth, *, by_machine: bool
) -> None:
    """A sole owner who asks for deletion leaves nobody behind: not who was invited before."""
    owner = await signed_up(auth, "a@example.com")
    guest = await signed_up(auth, "b@example.com")
    inviter = await machine(auth, owner) if by_machine else owner
    token = await invited(auth, inviter, guest.email, "MEMBER")
    await delete(auth, owner)
    async with refused("LINK_INVALID"):
        await accept(auth, guest, token)
    there = {"workspace_id": owner.workspace_id}
    assert await auth.database["members"].count_documents(there) == 1


async def test_a_disabled_owner_is_no_other_owner(auth: Auth) -> None:
    """Whoever is left with a disabled one can neither leave, nor be lowered, nor be deleted."""
    owner = await signed_up(auth, "a@example.com")
    other = await joined(auth, owner, "b@example.com", "OWNER")
    await disable(auth, other)
    for attempt in (leave(auth, owner), delete(auth, owner), remove(auth, owner, owner.user_id)):
        async with refused("LAST_OWNER"):
            await attempt
    await disable(auth, other, enable=True)
    await leave(auth, owner)
