"""What operators do by hand about keys: rotating them, and changing the master key (S8, F1)."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr
from typer.testing import CliRunner, Result

from services.auth.domain.sealed_key import SealedKey
from services.auth.key_commands import app
from services.auth.keys.signing import KeyUnreadable, Vault
from services.auth.store.keys import KeyStore
from services.chassis.mongo import Database, connect
from services.chassis.sealed import Reencrypted, reencrypt
from services.chassis.settings import Mongo
from tests.rpc import auth_service as service
from tests.unit.auth_examples import NOW

OLD, NEWEST = service.MASTER, Fernet.generate_key().decode()
Run = Callable[..., Result]


@pytest.fixture
async def database(mongo_url: str, mongo_database: str) -> AsyncIterator[Database]:
    settings = Mongo(url=SecretStr(mongo_url), database=mongo_database)
    async with connect(settings) as opened:
        yield opened


@pytest.fixture
def run(mongo_url: str, mongo_database: str) -> Run:
    """Run a command under master keys."""

    def running(*arguments: str, keys: str = OLD) -> Result:
        environment = {
            "MONGO_URL": mongo_url,
            "MONGO_DATABASE": mongo_database,
            "MASTER_KEYS": keys,
        }
        return CliRunner().invoke(app, list(arguments), env=environment)

    return running


async def kept_under(database: Database, master: str, count: int) -> list[SealedKey]:
    store = KeyStore(database)
    for generation in range(1, count + 1):
        key_id, sealed = Vault([master]).make()
        await store.add(SealedKey(generation, key_id, sealed, created=NOW, signs=NOW))
    return await store.all()


def opened(kept: list[SealedKey], *masters: str) -> int:
    """Count the keys that these master keys open."""
    count = 0
    for key in kept:
        try:
            Vault(masters).open(key)
        except KeyUnreadable:
            continue
        count += 1
    return count


async def test_rotating_by_hand_shows_the_keys_and_makes_one_at_a_time(
    run: Run, database: Database
) -> None:
    """The first call makes the first key, the second the next one, the third says it waits."""
    shown = [await asyncio.to_thread(run, "rotate-keys") for _ in range(3)]
    assert [one.exit_code for one in shown] == [0, 0, 0], shown[0].output
    lines = [one.output.splitlines() for one in shown]
    assert [len(each) for each in lines] == [1, 2, 2]
    assert lines[1] == lines[2]
    assert [line.split()[1] for line in lines[2]] == ["next", "current"]
    events = await database["audit_inbox"].find({"action": "key.rotate"}).to_list()
    kept = await KeyStore(database).all()
    assert {event["target_id"] for event in events} == {key.key_id for key in kept}


async def test_the_master_key_changes_without_anybody_noticing(
    run: Run, database: Database, mongo_url: str, mongo_database: str
) -> None:
    """Old; old and newest; moved; newest alone: tokens of before hold, and the last opens all."""
    async with service.auth_service(mongo_url, mongo_database) as auth:
        tokens = await auth.sign_up()
        done = await asyncio.to_thread(run, "reencrypt", keys=f"{NEWEST},{OLD}")
        assert done.output == (
            "2 moved to the first key, 0 left under others: older keys may be removed.\n"
        )
        again = await asyncio.to_thread(run, "reencrypt", keys=f"{NEWEST},{OLD}")
        assert again.output.startswith("0 moved to the first key, 0 left")
    asked = await database["audit_inbox"].find({"action": "key.reencrypt"}).to_list()
    assert [(one["actor_id"], one["workspace_id"]) for one in asked] == 2 * [
        ("operator", "operators")
    ]
    kept = await KeyStore(database).all()
    assert (opened(kept, NEWEST), opened(kept, OLD)) == (1, 0)
    with pytest.MonkeyPatch.context() as only:
        only.setattr(service, "MASTER", NEWEST)
        async with service.auth_service(mongo_url, mongo_database) as auth:
            assert (await auth.me(tokens.access_token)).email == "a@example.com"


async def test_a_crash_half_way_harms_nothing(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Broken off after two of five, every key still opens; begun again, the rest moves."""
    kept = await kept_under(database, OLD, 5)
    collection: Any = database["keys"]
    original, done = collection.update_one, 0

    async def crashing(*args: Any) -> Any:
        nonlocal done
        if done == 2:
            raise KeyboardInterrupt
        done += 1
        return await original(*args)

    with monkeypatch.context() as broken:
        broken.setattr(collection, "update_one", crashing)
        with pytest.raises(KeyboardInterrupt):
            await reencrypt(collection, "sealed", [NEWEST, OLD])
    half = await KeyStore(database).all()
    assert (opened(half, NEWEST), opened(half, OLD), opened(half, NEWEST, OLD)) == (2, 3, 5)
    assert await reencrypt(collection, "sealed", [NEWEST, OLD]) == Reencrypted(moved=3, left=0)
    assert opened(await KeyStore(database).all(), NEWEST) == len(kept)


async def test_what_changes_meanwhile_is_not_overwritten(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key that is forgotten after it was read stays forgotten."""
    await kept_under(database, OLD, 2)
    collection: Any = database["keys"]
    original = collection.update_one

    async def late(*args: Any) -> Any:
        await KeyStore(database).forget(1)
        return await original(*args)

    with monkeypatch.context() as delayed:
        delayed.setattr(collection, "update_one", late)
        assert await reencrypt(collection, "sealed", [NEWEST, OLD]) == Reencrypted(1, 0)
    assert [bool(key.sealed) for key in await KeyStore(database).all()] == [False, True]


async def test_what_no_key_opens_is_let_be_and_counted(run: Run, database: Database) -> None:
    """A secret under a third key is left as it is, and the operator is told to keep older keys."""
    kept = await kept_under(database, Fernet.generate_key().decode(), 1)
    done = await asyncio.to_thread(run, "reencrypt", keys=f"{NEWEST},{OLD}")
    assert done.output == (
        "0 moved to the first key, 1 left under others: older keys are still needed.\n"
    )
    assert await KeyStore(database).all() == kept


def test_a_store_that_is_away_is_said_to_be() -> None:
    """Without a database: one sentence and exit 1, not a traceback."""
    environment = {
        "MONGO_URL": "mongodb://127.0.0.1:1/",
        "MONGO_TIMEOUT_SECONDS": "0.3",
        "MASTER_KEYS": OLD,
    }
    for command in ("rotate-keys", "reencrypt"):
        done = CliRunner().invoke(app, [command], env=environment)
        assert done.exit_code == 1
        assert done.output == "a store does not answer: try again in a moment\n"
