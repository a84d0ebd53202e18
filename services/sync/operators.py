"""What operators do by hand, on a machine that reaches the database."""

import asyncio
import sys
from typing import Final

import typer
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.chassis import mongo
from services.chassis.clock import system_clock
from services.chassis.sealed import Reencrypted
from services.chassis.sealed import reencrypt as move
from services.chassis.settings import Mongo, load
from services.kernel.audit import OPERATORS, Actor, event
from services.kernel.errors import ProductError
from services.kernel.ids import UserId
from services.sync.settings import Master, split_keys
from services.sync.store.database import CONNECTIONS
from services.sync.store.hook_secrets import FORMER, PRESENT
from services.sync.store.outbox import AuditOutbox

# Who works by hand, on a machine that reaches the database.
BY_HAND: Final = Actor(UserId("operator"), OPERATORS)
# Credentials, and what webhooks are signed with.
SEALED: Final = ("sealed", PRESENT, FORMER)
app = typer.Typer(add_completion=False, help="The sync API, and what its operators do by hand.")


class OperatorSettings(BaseSettings):
    """What an operator's command needs of the service's settings."""

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", env_nested_delimiter="_", env_nested_max_split=1
    )

    mongo: Mongo
    master: Master


@app.command()
def reencrypt() -> None:
    """Move every site's secrets to the first of MASTER_KEYS, and tell how many are left.

    May be run again at any time, also after it was broken off. An older key may be removed from
    MASTER_KEYS, everywhere, once 0 are left under others.
    """
    try:
        typer.echo(asyncio.run(reencrypted(load(OperatorSettings))))
    except ProductError as refused:
        sys.exit(refused.message)


async def reencrypted(settings: OperatorSettings) -> Reencrypted:
    """Move the secrets of connections; nothing else of sync is encrypted."""
    async with mongo.connect(settings.mongo) as database:
        # Before the first one moves: none moves that is not in the audit.
        asked = event(BY_HAND, "key.reencrypt", now=system_clock(), target_id="sync")
        await AuditOutbox(database).add(asked)
        keys = split_keys(settings.master.keys)
        each = [await move(database[CONNECTIONS], field, keys) for field in SEALED]
        return Reencrypted(sum(one.moved for one in each), sum(one.left for one in each))
