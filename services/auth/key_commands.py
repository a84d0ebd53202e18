"""What operators do by hand about keys: those that sign tokens, and those that secrets rest under.

Links in mails are made with the master keys too: removing one ends the links that
were made with it.
"""

import asyncio
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

import typer

from services.auth.assembly.signing_keys import rotation
from services.auth.domain.key_schedule import state_of
from services.auth.domain.sealed_key import SealedKey
from services.auth.operators import BY_HAND
from services.auth.posting import app
from services.auth.settings import KeyOperatorSettings, split_keys
from services.auth.store.audit_inbox import AuditInbox
from services.auth.store.collections import AUDIT_KEYS, KEYS
from services.chassis import mongo
from services.chassis.clock import system_clock
from services.chassis.sealed import Reencrypted
from services.chassis.sealed import reencrypt as move
from services.chassis.settings import load
from services.kernel.audit import event
from services.kernel.errors import ProductError
from services.kernel.ids import Instant

__all__ = ["app"]


@app.command()
def rotate_keys() -> None:
    """Publish the key that will sign access tokens next; it signs once everybody has read it.

    Where one waits already nothing is done. Shows the keys, the newest first.
    """
    try:
        keys = asyncio.run(rotated(load(KeyOperatorSettings)))
    except ProductError as refused:
        sys.exit(refused.message)
    for line in described(keys, now=system_clock()):
        typer.echo(line)


@app.command()
def reencrypt() -> None:
    """Move every secret of this service to the first of MASTER_KEYS, and tell how many are left.

    May be run again at any time, also after it was broken off. An older key may be removed from
    MASTER_KEYS, everywhere, once 0 are left under others.
    """
    try:
        typer.echo(asyncio.run(reencrypted(load(KeyOperatorSettings))))
    except ProductError as refused:
        sys.exit(refused.message)


async def rotated(settings: KeyOperatorSettings) -> Sequence[SealedKey]:
    """Make the next key, unless one waits."""
    async with mongo.connect(settings.mongo) as database:
        rotate = rotation(database, settings.master, settings.keys, system_clock)
        return await rotate(BY_HAND)


async def reencrypted(settings: KeyOperatorSettings) -> Reencrypted:
    """Move the keys of tokens and of the audit; nothing else of auth is encrypted at rest."""
    master = split_keys(settings.master.keys)
    async with mongo.connect(settings.mongo) as database:
        # Before the first one moves: none moves that is not in the audit.
        asked = event(BY_HAND, "key.reencrypt", now=system_clock(), target_id="auth")
        await AuditInbox(database).add(asked)
        each = [await move(database[name], "sealed", master) for name in (KEYS, AUDIT_KEYS)]
    return Reencrypted(sum(one.moved for one in each), sum(one.left for one in each))


def described(keys: Sequence[SealedKey], *, now: Instant) -> list[str]:
    """Say where keys are in their lives, a line each."""
    states = state_of(keys, now=now)
    return [
        f"{key.key_id}  {states[key.key_id].value:7}  signs from {_shown(key.signs)}"
        for key in reversed(keys)
    ]


def _shown(instant: Instant) -> str:
    return datetime.fromtimestamp(instant / 1000, UTC).isoformat(timespec="seconds")
