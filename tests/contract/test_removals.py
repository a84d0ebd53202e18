"""A member who is taken out leaves no session behind, whatever they were about to begin."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial

import pytest
from pydantic import SecretStr

from services.auth.domain.account import Account, Membership
from services.auth.domain.admission import Admission, admit
from services.auth.domain.email import Email
from services.auth.domain.revocation import member_subject
from services.auth.domain.roster import remove
from services.auth.domain.session import Beginning, RefreshToken, SessionId, child_of
from services.auth.store.accounts import AccountStore
from services.auth.store.documents import document_of_member
from services.auth.store.members import MemberStore
from services.auth.store.people import PersonStore
from services.auth.store.sessions import SessionStore
from services.chassis.mongo import Database, connect
from services.chassis.settings import Mongo
from services.kernel.audit import Actor
from services.kernel.errors import NotFound
from services.kernel.ids import UserId, WorkspaceId
from services.kernel.membership import Role
from services.kernel.origin import NOWHERE
from tests.unit.auth_examples import NOW, WORKSPACE, acting, beginning, membership

GUEST, HOME = UserId("usr_2"), WorkspaceId("wsp_2")
AT_HOME = SessionId("ses_home")


def at_home() -> Membership:
    """Give the guest in their own workspace; signing in leads to the other one."""
    known = membership()
    email = Email("guest@example.com")
    account = replace(known.account, user_id=GUEST, email=email, workspace_id=WORKSPACE)
    return Membership(account, replace(known.workspace, workspace_id=HOME), Role.OWNER, joined=NOW)


def as_guest() -> Membership:
    return Membership(at_home().account, membership().workspace, Role.VIEWER, joined=NOW + 1)


def of_guest(name: str, workspace_id: WorkspaceId = WORKSPACE) -> Beginning:
    """Begin a session of the guest's."""
    made = beginning(name, name)
    session = replace(made.session, user_id=GUEST, workspace_id=workspace_id)
    token = replace(made.token, user_id=GUEST, workspace_id=workspace_id)
    return Beginning(session, token, made.event)


@pytest.fixture
async def database(mongo_url: str, mongo_database: str) -> AsyncIterator[Database]:
    """Give two people with a workspace and a session each; the second is to be a guest."""
    settings = Mongo(url=SecretStr(mongo_url), database=mongo_database)
    async with connect(settings) as opened:
        await AccountStore(opened).add(membership(), beginning("ses_1"))
        await AccountStore(opened).add(at_home(), of_guest(AT_HOME, HOME))
        yield opened


async def join(database: Database, *, leads: bool = True) -> None:
    """Make the guest a member; whether signing in leads there."""
    await database["members"].insert_one(document_of_member(as_guest()))
    lead = {"$set": {"workspace_id": WORKSPACE if leads else HOME}}
    await database["users"].update_one({"_id": GUEST}, lead)


async def take_out(database: Database) -> None:
    rule = partial(remove, actor=acting(), now=NOW)
    await MemberStore(database).change(acting(), GUEST, rule, now=NOW)


async def admission_of(database: Database) -> Admission:
    """Let the guest in as somebody does who has read where they belong."""
    people = PersonStore(database)
    account = await people.find(GUEST)
    assert isinstance(account, Account)
    memberships = await people.memberships(GUEST)
    return admit(account, memberships, WorkspaceId("wsp_3"), origin=NOWHERE, now=NOW)


def guest_acting() -> Actor:
    stamps = ((GUEST, 0), (member_subject(HOME, GUEST), 0))
    return Actor(GUEST, HOME, AT_HOME, stamps=stamps)


async def standing(database: Database) -> list[str]:
    """Give the guest's sessions that stand where they are a guest."""
    theirs = {"user_id": GUEST, "workspace_id": WORKSPACE, "revoked": False}
    return [one["_id"] async for one in database["sessions"].find(theirs)]


async def sign_in(database: Database, admission: Admission, name: str) -> bool:
    people = PersonStore(database)
    return await people.admit(admission, of_guest(name), now=NOW) is not None


async def switch(database: Database, name: str) -> bool:
    try:
        await SessionStore(database).begin_beside(guest_acting(), of_guest(name))
    except NotFound:
        return False
    return True


async def trade(database: Database, spent: RefreshToken, name: str) -> bool:
    child = child_of(spent, name)
    return await SessionStore(database).trade(spent, child, now=NOW, origin=NOWHERE)


async def test_who_was_taken_out_meanwhile_does_not_sign_in(database: Database) -> None:
    """Nothing of it is kept, and signing in leads where they belong still."""
    await join(database)
    admission = await admission_of(database)
    await take_out(database)
    assert not await sign_in(database, admission, "late")
    assert await standing(database) == []
    kept = await PersonStore(database).find(GUEST)
    assert kept is not None
    assert kept.workspace_id == HOME
    again = await admission_of(database)
    begun = await PersonStore(database).admit(again, of_guest("home", HOME), now=NOW)
    assert begun is not None


async def test_who_was_taken_out_meanwhile_does_not_switch(database: Database) -> None:
    """It is as if the workspace were not there; as a member they would have."""
    await join(database)
    assert await switch(database, "in time")
    await take_out(database)
    assert not await switch(database, "late")
    assert await standing(database) == []


async def test_of_a_removal_and_what_begins_meanwhile_no_session_stays(database: Database) -> None:
    """However signing in, switching and a removal meet, 20 times."""
    for turn in range(20):
        await join(database, leads=False)
        admission = await admission_of(database)

        async def begin_some(name: str, admission: Admission = admission) -> None:
            for number in range(4):
                await switch(database, f"{name} a{number}")
                await sign_in(database, admission, f"{name} b{number}")

        await asyncio.gather(begin_some(f"{turn}"), take_out(database))
        assert await standing(database) == []


async def test_who_comes_back_signs_in_anew(database: Database) -> None:
    """However refreshing and a removal meet, 20 times: no token of before is ever traded again."""
    sessions = SessionStore(database)
    for turn in range(20):
        await join(database)
        stays = of_guest(f"stays {turn}")
        await sessions.begin(stays)
        await asyncio.gather(trade(database, stays.token, f"child {turn}"), take_out(database))
        await join(database)
        for token in (stays.token, child_of(stays.token, f"child {turn}")):
            assert not await trade(database, token, f"later {token.digest}")
        await database["members"].delete_one({"_id": f"{WORKSPACE}:{GUEST}"})
