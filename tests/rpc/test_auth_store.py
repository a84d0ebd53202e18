"""What auth's stores promise on a real server: one winner, and all or nothing."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import SecretStr

from services.auth.domain.sealed_key import SealedKey
from services.auth.domain.session import RefreshToken, SessionId, first_token, next_token
from services.auth.store import accounts
from services.auth.store.accounts import AccountStore
from services.auth.store.keys import KeyStore
from services.auth.store.sessions import SessionStore
from services.chassis.mongo import Database, connect
from services.chassis.settings import Mongo
from services.kernel.errors import EmailTaken, NotFound
from services.kernel.ids import WorkspaceId
from services.kernel.membership import Tier
from tests.unit.auth_examples import NOW, USER, WORKSPACE, beginning, membership


@pytest.fixture
async def database(mongo_url: str, mongo_database: str) -> AsyncIterator[Database]:
    settings = Mongo(url=SecretStr(mongo_url), database=mongo_database)
    async with connect(settings) as opened:
        yield opened


def first(text: str = "text", session: str = "ses_1") -> RefreshToken:
    return first_token(text, SessionId(session), user_id=USER, workspace_id=WORKSPACE, now=NOW)


async def counts(database: Database) -> dict[str, int]:
    names = await database.list_collection_names()
    found = {name: await database[name].count_documents({}) for name in names}
    return {name: count for name, count in found.items() if count}


async def test_a_token_is_traded_once(database: Database) -> None:
    """A second trade of one token is refused, however it comes, and keeps nothing."""
    store = SessionStore(database)
    await store.begin(beginning(first()))
    assert await store.trade(first(), next_token("a", first(), now=NOW))
    assert not await store.trade(first(), next_token("b", first(), now=NOW))
    assert (await counts(database))["refresh_tokens"] == 2


async def test_of_many_trades_at_once_one_wins(database: Database) -> None:
    """Of 30 concurrent trades of one token one succeeds, ten times over."""
    store = SessionStore(database)
    for turn in range(10):
        token = first(f"t{turn}", f"ses_{turn}")
        await store.begin(beginning(token))
        children = [next_token(f"{turn}-{number}", token, now=NOW) for number in range(30)]
        won = await asyncio.gather(*(store.trade(token, child) for child in children))
        assert won.count(True) == 1
        kept = [child for child in children if await store.find(child.digest)]
        assert kept == [children[won.index(True)]]


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
            await AccountStore(database).add(membership(), beginning(first()))
    assert await counts(database) == {}
    await AccountStore(database).add(membership(), beginning(first()))
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


async def test_a_workspace_moves_to_another_tier(database: Database) -> None:
    """The tier changes where the workspace is; a workspace that is not there is NOT_FOUND."""
    store = AccountStore(database)
    await store.add(membership())
    await store.set_tier(WORKSPACE, Tier.PRO)
    assert await store.find(USER, WORKSPACE) == membership(Tier.PRO)
    with pytest.raises(NotFound):
        await store.set_tier(WorkspaceId("wsp_2"), Tier.PRO)
