"""A signing key as it is kept."""

from dataclasses import dataclass, field

from services.kernel.ids import Instant

# The generation of the key that a first start makes.
FIRST_GENERATION = 1


@dataclass(frozen=True, slots=True)
class SealedKey:
    """An encrypted private key and the id it is known by; a generation is taken once.

    `created` is from when on it is published, `signs` from when on it signs. Of a key that is gone
    nothing is `sealed` any more.
    """

    generation: int
    key_id: str
    sealed: bytes = field(repr=False)
    created: Instant
    signs: Instant
