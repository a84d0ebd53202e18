"""The key that signs the audit's checkpoints: made once, kept for as long as the audit is.

It is not one of the keys that sign tokens, which come and go: whoever verifies an audit years later
must find the key of then, and must notice a key that was not there before.
"""

import asyncio
import json
from collections.abc import Sequence
from typing import Protocol

import jwt
from jwt import api_jws

from services.auth.domain.audit_chain import Checkpoint, SignedCheckpoint
from services.auth.domain.sealed_key import FIRST_GENERATION, SealedKey
from services.auth.keys.rotate import Make
from services.auth.keys.signing import SigningKey
from services.chassis.tokens import ALGORITHM
from services.kernel.ids import Instant

# Says that a signature is over a checkpoint, so that it is taken for nothing else (RFC 8725, 3.11).
SIGNATURE_TYPE = "audit-checkpoint"


class AuditKeyLost(Exception):
    """There are audits, and the key that has signed them is gone: another would hide that."""


class Keys(Protocol):
    """Keeps the audit's keys."""

    async def all(self) -> list[SealedKey]:
        """Give all keys, the newest last."""

    async def add(self, key: SealedKey) -> None:
        """Keep a key, unless its generation is taken: then nothing is done."""

    async def were_used(self) -> bool:
        """Tell whether anything was ever signed with one."""


async def checkpoint_keys(keys: Keys, make: Make, *, now: Instant) -> list[SealedKey]:
    """Give the keys there are; a first start makes the only one. AuditKeyLost."""
    kept = await keys.all()
    if kept:
        return kept
    if await keys.were_used():
        raise AuditKeyLost("audits were signed with a key that is not in the database any more")
    key_id, sealed = await asyncio.to_thread(make)
    await keys.add(SealedKey(FIRST_GENERATION, key_id, sealed, created=now, signs=now))
    return await keys.all()


class CheckpointSigner:
    """Signs checkpoints with the last key; a signature of each key holds."""

    def __init__(self, keys: Sequence[SigningKey]) -> None:
        self._keys = {key.key_id: key for key in keys}
        self._signing = keys[-1]

    def sign(self, checkpoint: Checkpoint) -> str:
        """Sign a checkpoint (RFC 7515, compact); it takes a millisecond."""
        headers = {"typ": SIGNATURE_TYPE, "kid": self._signing.key_id}
        return api_jws.encode(checkpoint.claims, self._signing.private, ALGORITHM, headers=headers)

    def holds(self, signed: SignedCheckpoint) -> bool:
        """Tell whether a checkpoint is signed as it is."""
        try:
            header = api_jws.get_unverified_header(signed.signature)
            key = self._keys[str(header.get("kid"))].public
            payload = api_jws.decode(signed.signature, key, algorithms=[ALGORITHM])
        except (jwt.PyJWTError, KeyError):
            return False
        return header.get("typ") == SIGNATURE_TYPE and payload == signed.checkpoint.claims

    @property
    def key_id(self) -> str:
        """The id of the key that signs."""
        return self._signing.key_id

    @property
    def published(self) -> str:
        """The key set (RFC 7517), as JSON: public parts only."""
        return json.dumps({"keys": [key.published for key in self._keys.values()]})
