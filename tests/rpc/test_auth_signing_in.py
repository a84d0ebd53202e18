"""Signing in: who guesses waits, who belongs is let in, and nobody learns who has an account."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import bcrypt
import grpc
import pytest

from jira_analytics.auth.v1.workspace_pb2 import Member
from services.auth.domain.admission import admit
from services.auth.domain.email import parse_email
from services.auth.settings import PasswordSettings
from services.auth.store.people import PersonStore
from services.kernel.ids import WorkspaceId
from services.kernel.origin import NOWHERE
from tests.rpc.auth_service import Auth, Refusal, auth_service, refusal_of, refused
from tests.unit.auth_examples import beginning

HERE, NEAR, THERE = "203.0.113.7", "203.0.113.200", "198.51.100.9"
DAY = 24 * 3600 * 1000


@pytest.fixture
async def auth(mongo_url: str, mongo_database: str) -> AsyncIterator[Auth]:
    async with auth_service(mongo_url, mongo_database) as running:
        running.clock.stand()
        yield running


async def fail(auth: Auth, times: int, email: str = "a@example.com") -> list[Refusal]:
    seen: list[Refusal] = []
    for _ in range(times):
        async with refused("CREDENTIALS_INVALID") as refusals:
            await auth.log_in(email, "wrong", address=HERE)
        seen += refusals
    return seen


async def actions(auth: Auth) -> list[str]:
    kept = await auth.database["audit_inbox"].find({}).to_list()
    return sorted(event["action"] for event in kept)


async def change(auth: Auth, **fields: Any) -> None:
    await auth.database["users"].update_one({}, {"$set": fields})


@pytest.mark.parametrize("email", ["a@example.com", "nobody@example.com"])
async def test_after_five_failures_the_sixth_waits(
    auth: Auth, email: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told for how long, before any bcrypt, also with the right password or no account."""
    await auth.sign_up()
    await fail(auth, 5, email)
    with monkeypatch.context() as broken:
        broken.setattr(bcrypt, "checkpw", lambda *_: pytest.fail("a bcrypt was spent"))
        async with refused("TOO_MANY_ATTEMPTS") as seen:
            await auth.log_in(email, address=NEAR)
    assert seen[0].code is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert seen[0].metadata == {"retry_after_seconds": "1"}
    auth.clock.ahead += 1_000
    await fail(auth, 1, email)
    async with refused("TOO_MANY_ATTEMPTS") as seen:
        await auth.log_in(email, address=HERE)
    assert seen[0].metadata == {"retry_after_seconds": "2"}


async def test_a_stranger_locks_nobody_out(auth: Auth) -> None:
    """However often others fail from elsewhere, the owner signs in from their own network."""
    await auth.sign_up()
    await fail(auth, 5)
    for wait in (1_000, 2_000, 4_000):
        auth.clock.ahead += wait
        await fail(auth, 1)
    await auth.log_in(address=THERE)
    async with refused("TOO_MANY_ATTEMPTS"):
        await auth.log_in(address=HERE)


async def test_whoever_waited_and_knows_the_password_starts_afresh(auth: Auth) -> None:
    """A success forgets the failures before it."""
    await auth.sign_up()
    await fail(auth, 5)
    auth.clock.ahead += 1_000
    await auth.log_in(address=HERE)
    assert await auth.database["attempts"].count_documents({}) == 0
    await fail(auth, 4)
    await auth.log_in(address=HERE)


async def test_many_guesses_at_once_learn_no_more_than_one_after_the_other(
    mongo_url: str, mongo_database: str
) -> None:
    """Of 30 wrong ones at once five are answered, and a right one among them is not told apart."""
    wide = PasswordSettings(cost=4, threads=8)
    async with auth_service(mongo_url, mongo_database, passwords=wide) as auth:
        auth.clock.stand()
        await auth.sign_up()
        tries = [auth.log_in(password="wrong", address=HERE) for _ in range(30)]
        outcomes = await asyncio.gather(*tries, return_exceptions=True)
        said = [refusal_of(one).reason for one in outcomes if isinstance(one, grpc.aio.AioRpcError)]
        assert said.count("CREDENTIALS_INVALID") == 5
        assert set(said) <= {"CREDENTIALS_INVALID", "TOO_MANY_ATTEMPTS", "OVERLOADED"}
        async with refused("TOO_MANY_ATTEMPTS"):
            await auth.log_in(address=HERE)


async def test_refusals_are_kept_of_accounts_and_by_no_name(auth: Auth) -> None:
    """A refused sign-in at an account is in its audit; of an unknown address no trace is there."""
    await auth.sign_up()
    before = await actions(auth)
    await fail(auth, 1)
    await fail(auth, 1, "nobody@example.com")
    assert await actions(auth) == sorted([*before, "session.refuse"])
    (event,) = await auth.database["audit_inbox"].find({"action": "session.refuse"}).to_list()
    assert (event["succeeded"], event["address_prefix"]) == (False, "203.0.113.0/24")
    for name in ("audit_inbox", "strangers", "attempts"):
        assert "example.com" not in str(await auth.database[name].find({}).to_list())


async def test_a_disabled_account_is_told_so_to_whoever_knows_its_password(auth: Auth) -> None:
    """A wrong password is answered as ever; the refusal is audited."""
    await auth.sign_up()
    await change(auth, disabled=True)
    (wrong,) = await fail(auth, 1)
    (unknown,) = await fail(auth, 1, "nobody@example.com")
    assert wrong == unknown
    async with refused("ACCOUNT_DISABLED"):
        await auth.log_in(address=HERE)
    assert (await actions(auth)).count("session.refuse") == 2
    assert await auth.database["sessions"].count_documents({}) == 1


async def test_signing_in_takes_back_a_deletion_that_is_pending(auth: Auth) -> None:
    """Until the last millisecond; after it the account is unknown."""
    await auth.sign_up()
    await change(auth, erased_from=auth.clock() + DAY)
    await auth.log_in()
    account = await auth.database["users"].find_one({})
    assert account is not None
    assert account["erased_from"] is None
    assert (await actions(auth)).count("account.restore") == 1
    await change(auth, erased_from=auth.clock())
    async with refused("CREDENTIALS_INVALID"):
        await auth.log_in()


async def test_who_is_in_no_workspace_gets_an_empty_one(auth: Auth) -> None:
    """Once: the next sign-in leads there again."""
    first = await auth.me((await auth.sign_up()).access_token)
    await auth.database["members"].delete_many({})
    found = await auth.me((await auth.log_in()).access_token)
    again = await auth.me((await auth.log_in()).access_token)
    assert found.workspace.id != first.workspace.id
    assert again == found
    assert (found.role, len(found.memberships)) == (Member.OWNER, 1)
    assert (await actions(auth)).count("member.add") == 1


async def test_who_was_sent_away_signs_in_where_they_still_belong(auth: Auth) -> None:
    """Without the workspace that signing in led to, it leads to another of theirs."""
    mine = await auth.me((await auth.sign_up()).access_token)
    other = await auth.me((await auth.sign_up("b@example.com")).access_token)
    joined = {"role": "VIEWER", "version": 0, "joined": 1, "user_id": mine.id}
    key = f"{other.workspace.id}:{mine.id}"
    await auth.database["members"].insert_one(
        {"_id": key, "workspace_id": other.workspace.id, **joined}
    )
    both = await auth.me((await auth.log_in()).access_token)
    assert both.workspace == mine.workspace
    assert [one.workspace_id for one in both.memberships] == [mine.workspace.id, other.workspace.id]
    await auth.database["members"].delete_one({"_id": f"{mine.workspace.id}:{mine.id}"})
    moved = await auth.me((await auth.log_in()).access_token)
    assert (moved.workspace.id, moved.role) == (other.workspace.id, Member.VIEWER)


async def test_a_cheap_hash_is_made_anew_at_sign_in(mongo_url: str, mongo_database: str) -> None:
    """After the cost was raised, the next sign-in keeps the password at today's cost."""
    async with auth_service(mongo_url, mongo_database) as auth:
        await auth.sign_up()
    dearer = PasswordSettings(cost=5)
    async with auth_service(mongo_url, mongo_database, passwords=dearer) as auth:
        for _ in range(2):
            await auth.log_in()
            account = await auth.database["users"].find_one({})
            assert account is not None
            assert account["password"]["scheme"] == "bcrypt"
            assert account["password"]["hash"].startswith("$2b$05$")
        await fail(auth, 1)


async def test_an_account_that_changed_meanwhile_lets_nobody_in(auth: Auth) -> None:
    """What was checked must still be so when the session is kept: else nothing is."""
    await auth.sign_up()
    people = PersonStore(auth.database)
    account = await people.by_email(parse_email("a@example.com"))
    assert account is not None
    memberships = await people.memberships(account.user_id)
    admission = admit(account, memberships, WorkspaceId("wsp_1"), origin=NOWHERE, now=1)
    begun = beginning()
    session = replace(begun.session, user_id=account.user_id, workspace_id=account.workspace_id)
    begun = replace(begun, session=session)
    for changed, restored in (({"version": 1}, {"version": 0}), ({"disabled": True}, {})):
        await change(auth, **changed)
        assert await people.admit(admission, begun, now=1) is None
        await change(auth, **restored or {"disabled": False})
    assert await auth.database["sessions"].count_documents({}) == 1
    assert await people.admit(admission, begun, now=1) == ()
