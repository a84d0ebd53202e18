"""Whoever acts is held against the database: what ends a token and what it makes never cross."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from pydantic import SecretStr

from services.auth.domain.disabling import disable
from services.auth.domain.password_change import PasswordChange
from services.auth.domain.session import SessionId
from services.auth.store.accounts import AccountStore
from services.auth.store.credentials import CredentialStore
from services.auth.store.disabling import DisablingStore
from services.auth.store.holding import hold
from services.auth.store.sessions import SessionStore
from services.chassis.mongo import Database, connect, in_transaction
from services.chassis.settings import Mongo
from services.kernel.audit import Actor
from services.kernel.errors import TokenStale
from services.kernel.ids import UserId, WorkspaceId
from tests.unit.auth_examples import NOW, USER, WORKSPACE, acting, beginning, membership

KEY = Actor(UserId("key_1"), WORKSPACE, "key_1")


@pytest.fixture
async def database(mongo_url: str, mongo_database: str) -> AsyncIterator[Database]:
    """Give a person in their workspace with one session, and a key of the workspace."""
    settings = Mongo(url=SecretStr(mongo_url), database=mongo_database)
    async with connect(settings) as opened:
        await AccountStore(opened).add(membership(), beginning("ses_1"))
        kept = {"_id": "key_1", "workspace_id": WORKSPACE, "revoked": None}
        await opened["api_keys"].insert_one(kept)
        yield opened


async def held(database: Database, actor: Actor) -> bool:
    """Tell whether an actor is let go on."""
    try:
        await in_transaction(database, partial(hold, database, actor))
    except TokenStale:
        return False
    return True


@pytest.mark.parametrize(
    ("collection", "change"),
    [
        ("sessions", {"revoked": True}),
        ("sessions", {"user_id": "usr_2"}),
        ("users", {"version": 1}),
        ("users", {"disabled": True}),
        ("users", {"erased_from": NOW}),
        ("members", {"version": 1}),
    ],
)
async def test_a_person_is_held_by_all_that_their_token_rests_on(
    database: Database, collection: str, change: dict[str, Any]
) -> None:
    """As long as nothing changed they go on; whatever one thing is otherwise, they do not."""
    assert await held(database, acting())
    await database[collection].update_one({}, {"$set": change})
    assert not await held(database, acting())


@pytest.mark.parametrize("collection", ["sessions", "users", "members"])
async def test_what_is_gone_holds_nobody(database: Database, collection: str) -> None:
    """As a removed member is, or an erased account."""
    await database[collection].delete_many({})
    assert not await held(database, acting())


async def test_a_token_that_says_no_versions_stands_for_nothing(database: Database) -> None:
    """An actor that is not read from an access token cannot pass for one."""
    assert not await held(database, replace(acting(), stamps=()))


async def test_a_machine_is_held_by_its_key(database: Database) -> None:
    """It goes on while its key stands, in its workspace."""
    assert await held(database, KEY)
    assert not await held(database, replace(KEY, workspace_id=WorkspaceId("wsp_2")))
    await database["api_keys"].update_one({}, {"$set": {"revoked": NOW}})
    assert not await held(database, KEY)


async def switched(store: SessionStore, name: str) -> None:
    """Begin a session by the token of the first one, if that is let."""
    try:
        await store.begin_beside(acting(), beginning(name, name))
    except TokenStale:
        return


async def standing(database: Database) -> set[str]:
    return {one["_id"] async for one in database["sessions"].find({"revoked": False})}


async def again(database: Database) -> None:
    """Let the first session stand as its token says."""
    await database["sessions"].update_one({"_id": "ses_1"}, {"$set": {"revoked": False}})
    await database["users"].update_one({}, {"$set": {"version": 0, "disabled": False}})


async def test_no_session_is_left_by_who_signs_out_everywhere(database: Database) -> None:
    """However a switch and signing out everywhere meet, 20 times, no session stands afterwards."""
    store = SessionStore(database)
    for turn in range(20):
        await again(database)
        await asyncio.gather(switched(store, f"s{turn}"), store.end_all(acting(), now=NOW))
        assert await standing(database) == set()


async def test_no_session_is_left_by_who_replaces_a_password(database: Database) -> None:
    """The session that stays is not written to then: the account is on what the two meet."""
    sessions, credentials = SessionStore(database), CredentialStore(database)
    account = membership().account
    stays = SessionId("ses_1")
    change = PasswordChange(account, account.password, acting(), NOW, stays=stays)
    for turn in range(20):
        await again(database)

        async def replace_password() -> None:
            assert await credentials.replace(change)

        await asyncio.gather(switched(sessions, f"s{turn}"), replace_password())
        assert await standing(database) == {"ses_1"}


async def test_no_session_is_left_to_who_is_disabled(database: Database) -> None:
    """However the two meet, 20 times."""
    store, disabling = SessionStore(database), DisablingStore(database)
    decide = partial(disable, actor=acting(), now=NOW)
    for turn in range(20):
        await again(database)
        disabled = disabling.change(acting(), USER, decide, now=NOW)
        await asyncio.gather(switched(store, f"s{turn}"), disabled)
        assert await standing(database) == set()
