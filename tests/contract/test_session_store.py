"""The promises of keeping sessions, by SessionStore on a real server and by the one in memory."""

from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from services.auth.store.sessions import SessionStore
from services.chassis.mongo import connect
from services.chassis.settings import Mongo
from tests.contract.session_store import SessionStoreSuite
from tests.fakes.sessions_in_memory import SessionsInMemory


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
            yield SessionStore(database)
