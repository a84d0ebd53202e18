"""The sites' credentials move to a newest master key, and stay bound to their connections (F1)."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr

from services.chassis.mongo import Database, connect
from services.chassis.settings import Mongo
from services.kernel.ids import ConnectionId, TenantScope, WorkspaceId
from services.sync.credentials import CredentialUnreadable, Vault
from services.sync.sources.jira_cloud import Credential

OLD, NEWEST = Fernet.generate_key().decode(), Fernet.generate_key().decode()
CREDENTIAL = Credential(email="ann@example.com", api_token="secret")
ORIGIN = "https://site.example"


@pytest.fixture
async def database(mongo_url: str, mongo_database: str) -> AsyncIterator[Database]:
    settings = Mongo(url=SecretStr(mongo_url), database=mongo_database)
    async with connect(settings) as opened:
        yield opened


def scope(number: int) -> TenantScope:
    return TenantScope(WorkspaceId("wsp_1"), ConnectionId(f"con_{number}"))


def reencrypt(environment: dict[str, str]) -> str:
    path = os.pathsep.join(sys.path)
    command = [sys.executable, "-m", "services.sync", "reencrypt"]
    done = subprocess.run(
        command,
        env={**os.environ, "PYTHONPATH": path, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


async def test_an_old_key_may_go_once_none_is_left(
    database: Database, mongo_url: str, mongo_database: str
) -> None:
    """After the command the newest key alone opens every credential, each for its own row only."""
    sealed = {number: Vault([OLD]).seal(CREDENTIAL, scope(number), ORIGIN) for number in range(4)}
    sealed[0] = Vault([NEWEST]).seal(CREDENTIAL, scope(0), ORIGIN)
    for number, one in sealed.items():
        await database["connections"].insert_one({"_id": f"con_{number}", "sealed": one})
    secret = Vault([OLD]).seal_secret("hush", scope(1))
    both = {"hook_secret": secret, "hook_secret_former": secret}
    await database["connections"].update_one({"_id": "con_1"}, {"$set": both})
    environment = {
        "MONGO_URL": mongo_url,
        "MONGO_DATABASE": mongo_database,
        "MASTER_KEYS": f"{NEWEST},{OLD}",
    }
    said = [await asyncio.to_thread(reencrypt, environment) for _ in range(2)]
    assert said == [
        f"{moved} moved to the first key, 0 left under others: older keys may be removed.\n"
        for moved in (5, 0)
    ]
    told = await database["audit_outbox"].find({}).to_list()
    assert [(one["action"], one["workspace_id"]) for one in told] == 2 * [
        ("key.reencrypt", "operators")
    ]
    rows = {row["_id"]: row["sealed"] async for row in database["connections"].find({})}
    assert rows["con_0"] == sealed[0], "what was under the newest key is not touched"
    newest = Vault([NEWEST])
    for number in range(4):
        assert newest.open(rows[f"con_{number}"], scope(number), ORIGIN) == CREDENTIAL
        with pytest.raises(CredentialUnreadable):
            newest.open(rows[f"con_{number}"], scope(number + 1), ORIGIN)
