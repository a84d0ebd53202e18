"""Three rotations of the signing key under load, through Envoy and straight at services (S8)."""

import asyncio
import itertools
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import grpc
import jwt

from services.auth.domain.key_schedule import HOLD_MILLISECONDS
from services.auth.domain.session import MOST_SESSIONS
from services.auth.keys.rotate import RotateKeys
from services.auth.keys.signing import SigningKey, Vault
from services.auth.store.keys import KeyStore
from services.chassis.clock import system_clock
from services.kernel.audit import Actor
from services.kernel.ids import UserId, WorkspaceId
from tests.edge.minting import Mint
from tests.edge.rotating_stack import KEYS, WAYS, Stack, rotating_stack
from tests.rpc.auth_service import MASTER

ROTATIONS = 3
PATIENCE_SECONDS = 20.0
# Half of a person's sessions last longer than a key is held.
SIGN_IN_SECONDS = 0.15
UNAUTHENTICATED = grpc.StatusCode.UNAUTHENTICATED
# What says that a token was taken: analytics has nothing to show to a workspace without a site.
TAKEN = {grpc.StatusCode.OK, grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.NOT_FOUND}


def key_of(token: str) -> str:
    return str(jwt.get_unverified_header(token)["kid"])


@dataclass
class Load:
    """People who sign in and ask, all the time, by every way, with tokens old and fresh."""

    stack: Stack
    tokens: list[str] = field(default_factory=list)
    answers: Counter[tuple[str, grpc.StatusCode]] = field(default_factory=Counter)
    refused: list[tuple[str, grpc.StatusCode, str]] = field(default_factory=list)

    async def sign_in(self) -> None:
        for auth in itertools.cycle(self.stack.auths):
            self.tokens.append((await auth.log_in()).access_token)
            await asyncio.sleep(SIGN_IN_SECONDS)

    async def ask(self, way: str) -> None:
        rng = random.Random(way)
        while True:
            # The latest as often as any other: it is signed by a key that is used for its first.
            # Who has more sessions than a person may have loses the longest unused one.
            standing = self.tokens[-MOST_SESSIONS // 2 :]
            token = standing[-1] if rng.random() < 0.5 else rng.choice(standing)
            code = await self.stack.ask(way, token)
            self.answers[way, code] += 1
            if code not in TAKEN:
                self.refused.append((way, code, key_of(token)))

    async def until(self, holds: Callable[[], bool]) -> None:
        ends = time.monotonic() + PATIENCE_SECONDS
        while not holds():
            assert time.monotonic() < ends, "this did not happen"
            await asyncio.sleep(0.02)


def rotation(stack: Stack) -> RotateKeys:
    """Rotate as RotateKeys does."""
    keys = KeyStore(stack.auths[0].database)
    return RotateKeys(keys, Vault([MASTER]).make, KEYS.rule, system_clock)


async def rotated_under(load: Load) -> None:
    """Rotate so many times, each once the key of the last time signs everywhere."""
    rotate = rotation(load.stack)
    for _ in range(ROTATIONS):
        kept = await rotate(Actor(UserId("test"), WorkspaceId("")))
        following = kept[-1].key_id
        await load.until(lambda following=following: key_of(load.tokens[-1]) == following)  # type: ignore[misc]
        asked = sum(load.answers.values())
        await load.until(lambda asked=asked: sum(load.answers.values()) > asked + 100)  # type: ignore[misc]


async def under_load(stack: Stack) -> Load:
    """Rotate while everybody asks."""
    load = Load(stack)
    load.tokens.append((await stack.auths[0].sign_up()).access_token)
    tasks = [asyncio.create_task(load.sign_in())]
    tasks += [asyncio.create_task(load.ask(way)) for way in WAYS for _ in range(2)]
    try:
        await rotated_under(load)
    finally:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
    return load


def forged(keys: Sequence[SigningKey], token: str) -> list[str]:
    """Sign with each key what a thief would: the claims of a person, to hold for a year."""
    claims = jwt.decode(token, options={"verify_signature": False})
    claims["exp"] += 365 * 24 * 60 * 60
    return [Mint(key.private, key.key_id, **claims).token() for key in keys]


async def taken(stack: Stack, tokens: Sequence[str]) -> set[tuple[str, int]]:
    """Tell which tokens are taken, on which way."""
    answers = {
        (way, number): await stack.ask(way, token)
        for way in WAYS
        for number, token in enumerate(tokens)
    }
    return {where for where, code in answers.items() if code != UNAUTHENTICATED}


async def age(stack: Stack) -> None:
    """Let as much time go by as retired keys are held, for the keys alone."""
    keys = stack.auths[0].database["keys"]
    async for row in keys.find({}):
        moved = {name: row[name] - HOLD_MILLISECONDS for name in ("created", "signs")}
        await keys.update_one({"_id": row["_id"]}, {"$set": moved})


async def test_three_rotations_under_load(
    tmp_path: Path, mongo_url: str, cache_url: str, mongo_database: str
) -> None:
    """No valid token is refused while keys change, and none of a gone key is taken afterwards."""
    async with rotating_stack(tmp_path, mongo_url, cache_url, mongo_database) as stack:
        load = await under_load(stack)
        assert load.refused == []
        assert len({key_of(token) for token in load.tokens}) == ROTATIONS + 1
        assert min(load.answers.values()) > 20, load.answers

        kept = await KeyStore(stack.auths[0].database).all()
        stolen = [Vault([MASTER]).open(key) for key in kept]
        thefts = forged(stolen[:-1], load.tokens[-1])
        # A thief's tokens hold for as long as the key is published, and are remembered as good.
        assert len(await taken(stack, thefts)) == len(WAYS) * ROTATIONS
        await age(stack)
        ends = time.monotonic() + PATIENCE_SECONDS
        while await taken(stack, thefts):
            assert time.monotonic() < ends, "a key that is gone is taken"
        assert await taken(stack, thefts + forged(stolen[:-1], load.tokens[-1])) == set()
        assert len(await taken(stack, load.tokens[-1:])) == len(WAYS)
        after = await KeyStore(stack.auths[0].database).all()
        assert [bool(key.sealed) for key in after] == [False] * ROTATIONS + [True]
