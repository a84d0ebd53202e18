"""The life of a signing key: next, current, retired, gone.

Where a key is in it follows from the instants kept with the keys and from now, so that all
processes change together and nobody has to tell them. A key is published some time before it signs:
whoever holds the set of keys for a while, as the gateway does, has read it by then. What it signed
holds until it expires, so it stays published until then.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from services.auth.domain.claims import ACCESS_TOKEN_SECONDS
from services.auth.domain.sealed_key import FIRST_GENERATION, SealedKey
from services.kernel.ids import Instant

# What verification grants, and how far apart the clocks of two machines may be.
_LEEWAY_SECONDS: Final = 60
HOLD_MILLISECONDS: Final = (ACCESS_TOKEN_SECONDS + _LEEWAY_SECONDS) * 1000

# The keys there are, by generation: the oldest first.
Keys = Sequence[SealedKey]


class KeyState(StrEnum):
    """Where a key is in its life."""

    NEXT = "next"
    CURRENT = "current"
    RETIRED = "retired"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Rule:
    """How long a key is published before it signs, and how long it signs; milliseconds."""

    notice: int
    rotation: int


def state_of(keys: Keys, *, now: Instant) -> dict[str, KeyState]:
    """Tell where each key is in its life, by its id."""
    current = signing(keys, now=now).generation
    ends = gone_from(keys)
    return {key.key_id: _state(key, current, ends[key.key_id], now) for key in keys}


def _state(key: SealedKey, current: int, ends: Instant | None, now: Instant) -> KeyState:
    if key.generation > current:
        return KeyState.NEXT
    if key.generation == current:
        return KeyState.CURRENT
    return KeyState.RETIRED if ends is None or now < ends else KeyState.GONE


def gone_from(keys: Keys) -> dict[str, Instant | None]:
    """Tell from when on each key is gone, by its id: what it signed has expired; None: not yet."""
    ends = [after.signs + HOLD_MILLISECONDS for after in keys[1:]]
    return {key.key_id: end for key, end in zip(keys, [*ends, None], strict=False)}


def signing(keys: Keys, *, now: Instant) -> SealedKey:
    """Tell which key signs: the last one whose time has come, or else the first there is."""
    return next((key for key in reversed(keys) if key.signs <= now), keys[0])


def published(keys: Keys, *, now: Instant) -> list[SealedKey]:
    """Tell which keys everybody may read: all but those that are gone."""
    ends = gone_from(keys)
    return [key for key in keys if (end := ends[key.key_id]) is None or now < end]


def next_rotation(keys: Keys, rule: Rule) -> Instant:
    """Tell when the next key is to be made, so that it signs when the last one has long enough."""
    return keys[-1].signs + rule.rotation - rule.notice


def is_rotating(keys: Keys, *, now: Instant) -> bool:
    """Tell whether a key waits for its time: another one would have to wait behind it."""
    return KeyState.NEXT in state_of(keys, now=now).values()


def successor(keys: Keys, key_id: str, sealed: bytes, rule: Rule, *, now: Instant) -> SealedKey:
    """Give a key that is published from now on its place; the very first signs at once."""
    if not keys:
        return SealedKey(FIRST_GENERATION, key_id, sealed, created=now, signs=now)
    generation = keys[-1].generation + 1
    return SealedKey(generation, key_id, sealed, created=now, signs=now + rule.notice)
