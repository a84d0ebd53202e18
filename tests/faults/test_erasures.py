"""A deleted account is erased everywhere, whoever is killed meanwhile; nothing of it is left."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest

from jira_analytics.auth.v1 import auth_pb2 as pb
from services.auth.domain.erasure import Superseded
from services.auth.store.erasures import ErasureStore
from tests.faults.erased_person import EMAIL, NAME, Person, everything_said, everywhere, lets_go
from tests.faults.whole_product import Stores, product
from tests.rpc.auth_service import Auth

PATIENCE_SECONDS = 30.0


@pytest.fixture
def stores(mongo_url: str, cache_url: str, queue_url: str, mongo_database: str) -> Stores:
    return Stores(mongo_url, cache_url, queue_url, mongo_database)


async def until(holds: Callable[[], Awaitable[bool]], what: str) -> None:
    ends = time.monotonic() + PATIENCE_SECONDS
    while not await holds():
        assert time.monotonic() < ends, what
        await asyncio.sleep(0.05)


async def erased(auth: Auth, person: Person) -> None:
    """Wait until the account is gone, which is the last that goes."""

    async def gone() -> bool:
        return await auth.database["users"].find_one({"_id": person.user_id}) is None

    await until(gone, "the account is still there")


async def nothing_is_left(auth: Auth, person: Person) -> None:
    """Search every document of every collection for what would name the person."""
    said = (await everything_said(auth.database)).casefold()
    for word in (EMAIL, NAME):
        assert word.casefold() not in said
    for name in ("members", "sessions", "refresh_tokens", "api_keys", "workspaces", "invites"):
        left = [str(document) async for document in auth.database[name].find({})]
        assert not [one for one in left if person.user_id in one or person.own in one], name


async def test_nothing_names_an_erased_person(stores: Stores) -> None:
    """Neither address nor name; what others share with them stays, without their credential."""
    async with product(stores, every_seconds=0.5) as running:
        auth = running.auth
        person = await everywhere(auth)
        assert EMAIL in await everything_said(auth.database)
        await lets_go(auth, person)
        await erased(auth, person)
        await nothing_is_left(auth, person)
        issues = [one["_id"] async for one in auth.database["issues"].find({})]
        assert issues == ["con_shared:1"]
        connection = await auth.database["connections"].find_one({"_id": "con_shared"})
        state = await auth.database["connection_states"].find_one({"_id": "con_shared"})
        assert connection is not None
        assert state is not None
        assert (connection["email"], connection["sealed"]) == ("", b"")
        assert state["standing"] == "NEEDS_CREDENTIALS"
        assert await auth.database["workspaces"].find_one({"_id": person.shared}) is not None
        await auth.sign_up(EMAIL)


async def test_the_audit_stays_and_names_an_id(stores: Stores) -> None:
    """Rows of the erased person are there, under an id that leads to nobody any more."""
    async with product(stores, every_seconds=0.5) as running:
        person = await everywhere(running.auth)
        await lets_go(running.auth, person)
        await erased(running.auth, person)
        said = await everything_said(running.auth.database)
        done = [line for line in said.splitlines() if line.startswith("audit") and "usr_" in line]
        for action in ("account.delete", "account.erase", "member.remove"):
            assert [line for line in done if action in line and person.user_id in line]
        # Keys they made elsewhere stay, and are counted.
        (left,) = [line for line in done if "member.remove" in line and person.shared in line]
        assert "['api_keys', '0']" in left
        # What was theirs and ends with them is told by its own id.
        assert [line for line in said.splitlines() if "invite.revoke" in line and "inv_1" in line]


async def put_off(auth: Auth, person: Person) -> bool:
    account = await auth.database["users"].find_one({"_id": person.user_id})
    assert account is not None
    return bool(account["erasing_until"] > auth.clock() + 30_000)


async def test_keys_are_ended_before_their_workspace_is_erased(stores: Stores) -> None:
    """A machine's token lives half a minute longer: until then nothing is erased under it."""
    async with product(stores, every_seconds=0.5) as running:
        auth = running.auth
        person = await everywhere(auth, with_key=True)
        await lets_go(auth, person)
        await until(lambda: put_off(auth, person), "the erasure is not put off")
        assert await auth.database["api_keys"].count_documents({}) == 0
        assert "api_key.revoke" in await everything_said(auth.database)
        assert await auth.database["issues"].count_documents({}) == 2
        over = {"$set": {"erasing_until": 0}}
        await auth.database["users"].update_one({"_id": person.user_id}, over)
        await erased(auth, person)
        await nothing_is_left(auth, person)


async def test_who_comes_back_in_time_is_not_erased(stores: Stores) -> None:
    """Signing in within the grace takes the deletion back, for good."""
    async with product(stores, every_seconds=0.5) as running:
        auth = running.auth
        person = await everywhere(auth)
        await auth.stub.DeleteAccount(pb.DeleteAccountRequest(), metadata=person.metadata)
        await auth.log_in(EMAIL)
        store = ErasureStore(auth.database)
        assert await store.claim(now=auth.clock() + 10**12, until=auth.clock()) is None
        assert await auth.database["users"].find_one({"_id": person.user_id}) is not None


async def test_who_was_too_slow_changes_nothing(stores: Stores) -> None:
    """Another holds the erasure by now: every step of the first is refused."""
    async with product(stores, every_seconds=0.5) as running:
        auth = running.auth
        person = await everywhere(auth)
        store, now = ErasureStore(auth.database), auth.clock()
        account = {"_id": person.user_id}
        deleted = {"$set": {"erased_from": now - 1, "erasing_until": now + 3_600_000}}
        await auth.database["users"].update_one(account, deleted)
        first = await store.claim(now=now + 3_600_000, until=now + 3_600_001)
        second = await store.claim(now=now + 3_600_001, until=now + 7_200_000)
        assert first is not None
        assert second is not None
        for step in (
            store.hold(first, until=now + 9_000_000),
            store.close(first, first.home, now=now),
            store.remove(first, first.home, now=now),
            store.leave(first, first.home, now=now),
            store.finish(first, now=now),
        ):
            with pytest.raises(Superseded):
                await step
        assert await auth.database["emails"].find_one({"_id": EMAIL}) is not None
        assert await auth.database["members"].count_documents({"user_id": person.user_id}) == 2
