"""A reset that is the first proof of an address ends what the account's maker left behind."""

from collections.abc import AsyncIterator

import pytest

from jira_analytics.auth.v1 import auth_pb2
from services.auth.domain.link import LinkKind
from tests.rpc.auth_machines import machine, trade, workspace
from tests.rpc.auth_service import Auth, auth_service, refused
from tests.rpc.auth_workspaces import Person, accept, invited, mailed, signed_in_at, signed_up

EMAIL, OTHER_PASSWORD = "a@example.com", "tractor violet nine"


@pytest.fixture
async def auth(mongo_url: str, mongo_database: str) -> AsyncIterator[Auth]:
    async with auth_service(mongo_url, mongo_database) as running:
        yield running


async def reset(auth: Auth, who: Person) -> None:
    """Replace somebody's password by a mailed link."""
    asked = auth_pb2.RequestPasswordResetRequest(email=who.email)
    await auth.stub.RequestPasswordReset(asked)
    token = await mailed(auth, who.email, LinkKind.RESET_PASSWORD)
    await auth.stub.ResetPassword(
        auth_pb2.ResetPasswordRequest(token=token, password=OTHER_PASSWORD)
    )


async def not_confirmed(auth: Auth, who: Person) -> None:
    """Have somebody's address be as if no link had been followed."""
    change = {"$set": {"verified": False}}
    await auth.database["users"].update_one({"_id": who.user_id}, change)


async def ended(auth: Auth, action: str, by: Person) -> set[str]:
    """Give what the audit says that somebody ended."""
    wanted = {"action": action, "actor_id": by.user_id, "workspace_id": by.workspace_id}
    return {row["target_id"] async for row in auth.database["audit_inbox"].find(wanted)}


async def test_keys_and_invitations_of_who_made_the_account_end_with_the_sessions(
    auth: Auth,
) -> None:
    """Whoever made an account with another's address has no way in once that one reset it."""
    maker = await signed_up(auth, EMAIL)
    robot = await machine(auth, maker)
    made_by_robot = await machine(auth, robot)
    tokens = [await invited(auth, by, f"{n}@example.com") for n, by in enumerate((maker, robot))]
    await not_confirmed(auth, maker)
    await reset(auth, maker)
    for one in (robot, made_by_robot):
        async with refused("TOKEN_STALE"):
            await workspace(auth, one.bearer)
        async with refused("API_KEY_INVALID"):
            await trade(auth, one.secret)
    for number, token in enumerate(tokens):
        guest = await signed_up(auth, f"{number}@example.com")
        async with refused("LINK_INVALID"):
            await accept(auth, guest, token)
    assert await ended(auth, "api_key.revoke", maker) == {robot.user_id, made_by_robot.user_id}
    assert len(await ended(auth, "invite.revoke", maker)) == 2
    assert await auth.database["invites"].count_documents({}) == 0


async def test_what_others_made_stays(auth: Auth) -> None:
    """In a workspace that others own, too, their keys and invitations are let be."""
    owner = await signed_up(auth, "o@example.com")
    maker = await signed_up(auth, EMAIL)
    await accept(auth, maker, await invited(auth, owner, EMAIL, "ADMIN"))
    there = await signed_in_at(auth, maker, owner.workspace_id)
    theirs, robot = await machine(auth, owner), await machine(auth, there)
    token = await invited(auth, theirs, "b@example.com")
    await not_confirmed(auth, maker)
    await reset(auth, maker)
    async with refused("TOKEN_STALE"):
        await workspace(auth, robot.bearer)
    await workspace(auth, theirs.bearer)
    await accept(auth, await signed_up(auth, "b@example.com"), token)
    assert await ended(auth, "api_key.revoke", there) == {robot.user_id}


async def test_a_reset_of_an_address_that_was_confirmed_ends_sessions_alone(auth: Auth) -> None:
    """Who forgot their password has made those keys and invitations themselves."""
    owner = await signed_up(auth, EMAIL)
    robot = await machine(auth, owner)
    token = await invited(auth, owner, "b@example.com")
    await reset(auth, owner)
    await workspace(auth, robot.bearer)
    await accept(auth, await signed_up(auth, "b@example.com"), token)
    async with refused("TOKEN_STALE"):
        await auth.me(owner.tokens.access_token)
