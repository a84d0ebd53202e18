"""Workspaces' members on a real store, changed by many at once."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from functools import partial

import pytest
from pydantic import SecretStr

from services.auth.domain.account import Membership
from services.auth.domain.email import Email
from services.auth.domain.roster import MemberChange, Roster, change_role, leave, remove
from services.auth.store.accounts import AccountStore
from services.auth.store.documents import document_of_member
from services.auth.store.members import MemberStore
from services.chassis.mongo import Database, connect
from services.chassis.settings import Mongo
from services.kernel.audit import Actor
from services.kernel.errors import ProductError
from services.kernel.ids import UserId, WorkspaceId
from services.kernel.membership import Role
from tests.unit.auth_examples import NOW, membership

PEOPLE = [UserId(f"usr_{number}") for number in range(5)]
Rule = Callable[[Roster], MemberChange]


@pytest.fixture
async def database(mongo_url: str, mongo_database: str) -> AsyncIterator[Database]:
    settings = Mongo(url=SecretStr(mongo_url), database=mongo_database)
    async with connect(settings) as opened:
        yield opened


async def inhabited(database: Database, turn: int) -> WorkspaceId:
    """Make a workspace of five people, three of whom own it."""
    workspace_id = WorkspaceId(f"wsp_{turn}")
    for number, user_id in enumerate(PEOPLE):
        known = membership()
        own = UserId(f"{user_id}_{turn}")
        account = replace(known.account, user_id=own, email=Email(f"{own}@example.com"))
        workspace = replace(known.workspace, workspace_id=workspace_id)
        role = Role.OWNER if number < 3 else Role.ADMIN
        session = {"_id": f"ses_{own}", "user_id": own, "revoked": False}
        await database["sessions"].insert_one({**session, "workspace_id": workspace_id})
        member = Membership(account, workspace, role, joined=NOW + number)
        if number == 0:
            await AccountStore(database).add(member)
        else:
            await database["users"].insert_one({"_id": own, **PLAIN})
            await database["members"].insert_one(document_of_member(member))
    return workspace_id


PLAIN = {
    "email": "",
    "password": {"scheme": "bcrypt", "hash": "x"},
    "workspace_id": "",
    "created": NOW,
    "display_name": "",
    "verified": False,
    "disabled": False,
    "version": 0,
    "erased_from": None,
}


async def acting(database: Database, user_id: UserId, workspace_id: WorkspaceId) -> Actor:
    """Act as a member by the token that they would have got just now."""
    place = f"{workspace_id}:{user_id}"
    member = await database["members"].find_one({"_id": place})
    stamps = ((user_id, 0), (place, member["version"] if member else 0))
    return Actor(user_id, workspace_id, f"ses_{user_id}", stamps=stamps)


def drawn(rng: random.Random, actor: Actor) -> Rule:
    """Draw what somebody does to somebody."""
    wanted = rng.choice(list(Role))
    return rng.choice(
        [
            partial(change_role, wanted=wanted, actor=actor, now=NOW),
            partial(change_role, wanted=Role.VIEWER, actor=actor, now=NOW),
            partial(remove, actor=actor, now=NOW),
        ]
    )


async def take(database: Database, rng: random.Random, workspace_id: WorkspaceId) -> bool:
    """Take a step of somebody's; gives whether it was let."""
    turn = workspace_id.removeprefix("wsp_")
    asking, about = (UserId(f"{person}_{turn}") for person in rng.choices(PEOPLE, k=2))
    actor = await acting(database, asking, workspace_id)
    leaving = rng.random() < 0.4
    rule = partial(leave, actor=actor, now=NOW) if leaving else drawn(rng, actor)
    try:
        await MemberStore(database).change(actor, asking if leaving else about, rule, now=NOW)
    except ProductError:
        return False
    return True


async def test_whatever_many_do_at_once_an_owner_stays(database: Database) -> None:
    """Fifteen workspaces, ten drawn changes of each at the same time: none is without an owner."""
    rng = random.Random(7)
    let = 0
    for turn in range(15):
        workspace_id = await inhabited(database, turn)
        steps = await asyncio.gather(*(take(database, rng, workspace_id) for _ in range(10)))
        let += steps.count(True)
        owning = {"workspace_id": workspace_id, "role": "OWNER"}
        assert await database["members"].count_documents(owning) >= 1
    assert let > 15, "most of what was drawn was refused: nothing was shown"
