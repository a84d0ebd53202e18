"""However many sessions somebody begins, so many stand; and all of them end at one stroke."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from pydantic import SecretStr
from pymongo import AsyncMongoClient
from pymongo.monitoring import (
    CommandFailedEvent,
    CommandListener,
    CommandStartedEvent,
    CommandSucceededEvent,
)

from services.auth.domain.admission import admit
from services.auth.domain.session import MOST_SESSIONS
from services.auth.store.accounts import AccountStore
from services.auth.store.people import PersonStore
from services.auth.store.session_documents import document_of_session
from services.auth.store.sessions import SessionStore
from services.chassis.mongo import Database, connect
from services.chassis.settings import Mongo
from services.kernel.ids import UserId
from services.kernel.origin import NOWHERE
from tests.unit.auth_examples import NOW, USER, WORKSPACE, acting, beginning, membership


@pytest.fixture
async def database(mongo_url: str, mongo_database: str) -> AsyncIterator[Database]:
    """Give a person with one session."""
    settings = Mongo(url=SecretStr(mongo_url), database=mongo_database)
    async with connect(settings) as opened:
        await AccountStore(opened).add(membership(), beginning("ses_1"))
        yield opened


async def keep(database: Database, count: int, *, prefix: str = "kept", **fields: Any) -> None:
    """Keep so many sessions, each used a little later than the one before, and all before NOW."""
    known = beginning().session
    kept = [
        replace(known, session_id=f"{prefix} {number}", last_used=NOW - 1000 + number)  # type: ignore[arg-type]
        for number in range(count)
    ]
    documents = [{**document_of_session(one), **fields} for one in kept]
    await database["sessions"].insert_many(documents)


async def standing(database: Database) -> set[str]:
    theirs = {"user_id": USER, "revoked": False, "expires": {"$gt": NOW}}
    return {one["_id"] async for one in database["sessions"].find(theirs)}


async def sign_in(database: Database, name: str) -> list[str]:
    """Sign in; gives the sessions whose tokens that ended."""
    begun = beginning(name, name)
    member = membership()
    admission = admit(member.account, [member], WORKSPACE, origin=NOWHERE, now=NOW)
    revocations = await PersonStore(database).admit(admission, begun, now=NOW)
    assert revocations is not None
    return [one.subject for one in revocations]


async def test_the_hundredth_session_leaves_the_others_alone(database: Database) -> None:
    """Those that ended, those that expired, and other people's do not count."""
    await keep(database, MOST_SESSIONS - 2)
    await keep(database, 5, prefix="ended", revoked=True)
    await keep(database, 5, prefix="expired", expires=NOW)
    await keep(database, 5, prefix="theirs", user_id=UserId("usr_2"))
    assert await sign_in(database, "last") == []
    assert len(await standing(database)) == MOST_SESSIONS


async def test_the_next_one_ends_the_one_that_was_unused_the_longest(database: Database) -> None:
    """By signing in or by switching; its tokens end, and its workspace's audit tells of it."""
    await keep(database, MOST_SESSIONS - 1)
    assert await sign_in(database, "101") == ["kept 0"]
    told = await SessionStore(database).begin_beside(acting(), beginning("102", "102"))
    assert [one.subject for one in told] == ["kept 1"]
    left = await standing(database)
    assert len(left) == MOST_SESSIONS
    assert {"ses_1", "101", "102", "kept 2"} <= left
    noted = await database["revocations"].find({"_id": {"$regex": "^kept"}}).to_list()
    assert [(one["_id"], one["version"]) for one in noted] == [("kept 0", 1), ("kept 1", 1)]
    events = await database["audit_inbox"].find({"action": "session.end"}).to_list()
    seen = [(one["target_id"], one["actor_id"], one["details"]) for one in events]
    assert seen == [(f"kept {number}", USER, [["by", "cap"]]) for number in range(2)]


async def test_many_that_begin_at_once_count_each_other(database: Database) -> None:
    """Ten who sign in and switch at once, at two services: a hundred stand afterwards."""
    await keep(database, MOST_SESSIONS - 3)
    store = SessionStore(database)
    await asyncio.gather(
        *(sign_in(database, f"signed in {number}") for number in range(5)),
        *(
            store.begin_beside(acting(), beginning(f"s{number}", f"s{number}"))
            for number in range(5)
        ),
    )
    assert len(await standing(database)) == MOST_SESSIONS


class Counting(CommandListener):
    """Counts what is asked of the server."""

    def __init__(self) -> None:
        self.count = 0

    def started(self, _event: CommandStartedEvent) -> None:
        self.count += 1

    def succeeded(self, _event: CommandSucceededEvent) -> None:
        pass

    def failed(self, _event: CommandFailedEvent) -> None:
        pass


async def test_any_number_of_sessions_ends_at_one_stroke(
    database: Database, mongo_url: str, mongo_database: str
) -> None:
    """To end many takes as many commands as to end one: however many, it is done within a call."""
    counting = Counting()
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(
        mongo_url, event_listeners=[counting]
    )
    asked: list[int] = []
    async with client:
        store = SessionStore(client[mongo_database])
        for count in (1, 1, 60):
            await keep(database, count, prefix=f"turn {len(asked)}")
            before = counting.count
            await store.end_all(acting(), now=NOW)
            asked.append(counting.count - before)
    assert asked[1] == asked[2]
    assert await standing(database) == set()
