"""The promises of keeping sessions, by SessionStore on a real server and by the one in memory."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import pytest
from pydantic import SecretStr
from pymongo.asynchronous.client_session import AsyncClientSession

from services.auth.domain.page import Page
from services.auth.domain.session import Session, SessionId, child_of
from services.auth.store.accounts import AccountStore
from services.auth.store.session_writes import end_sessions
from services.auth.store.sessions import SessionStore
from services.chassis.mongo import connect, in_transaction
from services.chassis.settings import Mongo
from services.kernel.audit import Actor
from services.kernel.ids import UserId
from services.kernel.origin import NOWHERE
from tests.contract.session_store import SessionStoreSuite
from tests.fakes.sessions_in_memory import SessionsInMemory
from tests.unit.auth_examples import NOW, USER, WORKSPACE, beginning, membership


class TestSessionsInMemory(SessionStoreSuite):
    """The fake keeps what the real one keeps."""

    @pytest.fixture
    def store(self) -> SessionsInMemory:
        return SessionsInMemory()


class TestSessionStore(SessionStoreSuite):
    """MongoDB's protocol, spoken by a real server."""

    @pytest.fixture
    async def store(self, mongo_url: str, mongo_database: str) -> AsyncIterator[SessionStore]:
        settings = Mongo(url=SecretStr(mongo_url), database=mongo_database)
        async with connect(settings) as database:
            await AccountStore(database).add(membership())
            await database["members"].insert_one({"_id": f"{WORKSPACE}:usr_2"})
            yield SessionStore(database)

    async def test_signing_out_everywhere_during_a_trade_leaves_no_token(
        self, store: SessionStore
    ) -> None:
        """However they meet, 20 times, afterwards no token of the person's can be traded."""
        for turn in range(20):
            begun = [beginning(f"ses_{turn}_{number}", f"{turn} {number}") for number in range(2)]
            for one in begun:
                await store.begin(one)
            children = [child_of(one.token, f"child {one.token.digest}") for one in begun]
            trades = [
                store.trade(one.token, child, now=NOW, origin=NOWHERE)
                for one, child in zip(begun, children, strict=True)
            ]
            await asyncio.gather(*trades, store.end_all(Actor(USER, WORKSPACE), now=NOW))
            for token in (*children, *(one.token for one in begun)):
                late = child_of(token, f"late {token.digest}")
                assert not await store.trade(token, late, now=NOW, origin=NOWHERE)

    async def test_all_sessions_but_one_end(self, store: SessionStore) -> None:
        """Whoever changes a password stays where they are; others' sessions are left alone."""
        database = store._database  # noqa: SLF001 - what a transaction is made with
        for session_id in ("ses_1", "ses_2", "ses_3"):
            await store.begin(beginning(session_id, session_id))
        theirs = replace(beginning("ses_4").session, user_id=UserId("usr_2"))
        await store.begin(replace(beginning("ses_4", "4"), session=theirs))

        async def work(session: AsyncClientSession) -> Sequence[Session]:
            return await end_sessions(database, USER, session, but=SessionId("ses_2"))

        ended = await in_transaction(database, work)
        assert {one.session_id for one in ended} == {"ses_1", "ses_3"}
        standing = await store.page(USER, Page(10), now=NOW)
        assert [one.session_id for one in standing.rows] == ["ses_2"]
        assert [
            one.session_id for one in (await store.page(UserId("usr_2"), Page(10), now=NOW)).rows
        ] == ["ses_4"]
