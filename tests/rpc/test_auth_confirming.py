"""Confirmed addresses: who has not shown to read theirs writes to no stranger through us."""

import asyncio
from collections.abc import AsyncIterator

import grpc
import pytest

from jira_analytics.auth.v1 import auth_pb2, operator_pb2
from jira_analytics.auth.v1.operator_pb2_grpc import OperatorServiceStub
from services.auth.domain.link import LIFETIME_MILLISECONDS, LinkKind
from services.auth.domain.mail import WINDOW_MILLISECONDS
from tests.rpc.auth_machines import machine
from tests.rpc.auth_service import Auth, auth_service, refused
from tests.rpc.auth_workspaces import Person, invited, mailed, person_of


@pytest.fixture
async def auth(mongo_url: str, mongo_database: str) -> AsyncIterator[Auth]:
    async with auth_service(mongo_url, mongo_database) as running:
        yield running


async def unconfirmed(auth: Auth, email: str = "a@example.com") -> Person:
    """Sign somebody up who follows no link."""
    return await person_of(auth, await auth.sign_up(email))


async def confirm(auth: Auth, email: str = "a@example.com") -> None:
    """Follow the link that was mailed when somebody signed up."""
    token = await mailed(auth, email, LinkKind.VERIFY_EMAIL)
    await auth.stub.VerifyEmail(auth_pb2.VerifyEmailRequest(token=token))


async def test_who_did_not_confirm_their_address_invites_nobody(auth: Auth) -> None:
    """Refused, noted, and nothing is mailed; with the same token it goes well once they did."""
    owner = await unconfirmed(auth)
    async with refused("EMAIL_NOT_CONFIRMED") as seen:
        await invited(auth, owner, "b@example.com")
    assert seen[0].code is grpc.StatusCode.FAILED_PRECONDITION
    assert await auth.database["mails"].count_documents({"kind": "invite"}) == 0
    assert await auth.database["invites"].count_documents({}) == 0
    (noted,) = await auth.database["audit_inbox"].find({"action": "invite.create"}).to_list()
    assert (noted["succeeded"], dict(noted["details"])["reason"]) == (False, "EMAIL_NOT_CONFIRMED")
    await confirm(auth)
    await invited(auth, owner, "b@example.com")


async def test_a_machine_invites_where_an_owner_confirmed_their_address(auth: Auth) -> None:
    """A key is no way round it: somebody who reads their mail answers for the workspace."""
    owner = await unconfirmed(auth)
    robot = await machine(auth, owner)
    async with refused("EMAIL_NOT_CONFIRMED"):
        await invited(auth, robot, "b@example.com")
    await confirm(auth)
    await invited(auth, robot, "b@example.com")


async def test_who_an_operator_made_confirms_as_everybody_does(auth: Auth) -> None:
    """They are mailed the link, too."""
    request = operator_pb2.CreateUserRequest(
        email="op@example.com", password="pw", workspace_name="Ops"
    )
    metadata = await auth.as_service("operator")
    await OperatorServiceStub(auth.channel).CreateUser(request, metadata=metadata)
    made = await person_of(auth, await auth.log_in("op@example.com", "pw"))
    async with refused("EMAIL_NOT_CONFIRMED"):
        await invited(auth, made, "b@example.com")
    await confirm(auth, "op@example.com")
    await invited(auth, made, "b@example.com")


async def test_who_did_not_confirm_their_address_does_all_else(auth: Auth) -> None:
    """It is asked for nowhere else: a workspace can be tried out before the mail is read."""
    owner = await unconfirmed(auth)
    assert (await auth.me(owner.tokens.access_token)).email_verified is False
    await machine(auth, owner)


async def ask_again(auth: Auth, who: Person) -> None:
    request = auth_pb2.RequestEmailVerificationRequest()
    await auth.stub.RequestEmailVerification(request, metadata=who.bearer)


async def asked(auth: Auth) -> tuple[int, int]:
    """Count the mails that confirm an address, and the events of those that were asked for."""
    mails = await auth.database["mails"].count_documents({"kind": "verify_email"})
    events = await auth.database["audit_inbox"].find({"action": "account.verify_request"}).to_list()
    assert all(event["actor_id"] == event["target_id"] for event in events)
    return mails, len(events)


async def test_who_let_the_link_pass_is_mailed_another_and_keeps_what_they_made(
    auth: Auth,
) -> None:
    """Their key goes on, as it would not if their first proof were a password reset by mail."""
    robot = await machine(auth, await unconfirmed(auth))
    passed = await mailed(auth, "a@example.com", LinkKind.VERIFY_EMAIL)
    auth.clock.ahead += LIFETIME_MILLISECONDS[LinkKind.VERIFY_EMAIL]
    async with refused("LINK_INVALID"):
        await auth.stub.VerifyEmail(auth_pb2.VerifyEmailRequest(token=passed))
    owner = await person_of(auth, await auth.log_in())
    await ask_again(auth, owner)
    await confirm(auth)
    assert (await auth.me(owner.tokens.access_token)).email_verified is True
    assert await asked(auth) == (2, 1)
    await invited(auth, owner, "b@example.com")
    kept = await auth.database["api_keys"].find({"revoked": None}).to_list()
    assert [key["_id"] for key in kept] == [robot.user_id]


async def test_an_account_is_mailed_one_confirming_link_a_minute(auth: Auth) -> None:
    """Also the one of the sign-up counts; however many ask at once, one goes out, and is noted."""
    auth.clock.stand()
    owner = await unconfirmed(auth)
    await ask_again(auth, owner)
    assert await asked(auth) == (1, 0)
    auth.clock.ahead += WINDOW_MILLISECONDS
    await asyncio.gather(*(ask_again(auth, owner) for _ in range(5)))
    assert await asked(auth) == (2, 1)
    auth.clock.ahead += WINDOW_MILLISECONDS
    await ask_again(auth, owner)
    assert await asked(auth) == (3, 2)


async def test_links_mailed_before_work_until_one_is_followed(auth: Auth) -> None:
    """Mail may come late and out of order: any of them confirms, and then none of them does."""
    owner = await unconfirmed(auth)
    first = await mailed(auth, owner.email, LinkKind.VERIFY_EMAIL)
    auth.clock.ahead += WINDOW_MILLISECONDS
    await ask_again(auth, owner)
    second = await mailed(auth, owner.email, LinkKind.VERIFY_EMAIL)
    await auth.stub.VerifyEmail(auth_pb2.VerifyEmailRequest(token=first))
    async with refused("LINK_INVALID"):
        await auth.stub.VerifyEmail(auth_pb2.VerifyEmailRequest(token=second))


async def test_a_confirmed_address_is_mailed_nothing(auth: Auth) -> None:
    """The answer is the same."""
    owner = await unconfirmed(auth)
    await confirm(auth)
    auth.clock.ahead += WINDOW_MILLISECONDS
    await ask_again(auth, owner)
    assert await asked(auth) == (1, 0)


async def test_no_machine_has_a_persons_address_confirmed(auth: Auth) -> None:
    """It has none of its own."""
    robot = await machine(auth, await unconfirmed(auth))
    async with refused("SCOPE_INSUFFICIENT"):
        await ask_again(auth, robot)
