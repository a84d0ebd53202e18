"""A signing key as it is kept."""

from dataclasses import dataclass, field

# The generation of the key that a first start makes.
FIRST_GENERATION = 1


@dataclass(frozen=True, slots=True)
class SealedKey:
    """An encrypted private key and the id it is known by; a generation is taken once."""

    generation: int
    key_id: str
    sealed: bytes = field(repr=False)
