"""What auth's stores promise on a real server: one winner, and all or nothing."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import SecretStr

from services.auth.domain.sealed_key import SealedKey
from services.auth.store import accounts
from services.auth.store.accounts import AccountStore
from services.auth.store.keys import KeyStore
from services.chassis.mongo import Database, connect
from services.chassis.settings import Mongo
from services.kernel.errors import EmailTaken
from services.kernel.ids import WorkspaceId
from tests.unit.auth_examples import NOW, USER, WORKSPACE, beginning, membership


@pytest.fixture
async def database(mongo_url: str, mongo_database: str) -> AsyncIterator[Database]:
    settings = Mongo(url=SecretStr(mongo_url), database=mongo_database)
    async with connect(settings) as opened:
        yield opened


async def counts(database: Database) -> dict[str, int]:
    names = await database.list_collection_names()
    found = {name: await database[name].count_documents({}) for name in names}
    return {name: count for name, count in found.items() if count}


async def test_a_generation_of_keys_is_taken_once(database: Database) -> None:
    """Of many keys for one generation the first stays, and each caller reads that one."""
    store = KeyStore(database)
    offered = [SealedKey(1, f"key-{number}", b"x", created=NOW, signs=NOW) for number in range(20)]
    await asyncio.gather(*(store.add(key) for key in offered))
    kept = await store.all()
    assert len(kept) == 1
    assert kept[0] in offered
    await store.add(SealedKey(2, "next", b"y", created=NOW, signs=NOW + 1))
    assert [key.generation for key in await store.all()] == [1, 2]
    await store.forget(1)
    assert [key.sealed for key in await store.all()] == [b"", b"y"]


async def test_signing_up_is_all_or_nothing(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the last write of a SignUp fails nothing of it is kept, and the address stays free."""

    async def fail(*_: Any) -> None:
        raise RuntimeError("the last write")

    with monkeypatch.context() as broken:
        broken.setattr(accounts, "insert_session", fail)
        with pytest.raises(RuntimeError):
            await AccountStore(database).add(membership(), beginning())
    assert await counts(database) == {}
    await AccountStore(database).add(membership(), beginning())
    kept = ["audit_inbox", "emails", "members", "refresh_tokens", "sessions", "users", "workspaces"]
    assert await counts(database) == dict.fromkeys(kept, 1)


async def test_what_was_kept_is_found_again(database: Database) -> None:
    """By address and by id the same membership comes back; elsewhere there is none."""
    store = AccountStore(database)
    await store.add(membership())
    assert await store.find_by_email(membership().account.email) == membership()
    assert await store.find(USER, WORKSPACE) == membership()
    assert await store.find(USER, WorkspaceId("wsp_2")) is None
    with pytest.raises(EmailTaken):
        await store.add(membership())
