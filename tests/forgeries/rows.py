"""What a row of the list of forgeries says."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.edge.minting import Mint

PASSES = 200
"""What the gateway answers where it lets a token through, to a service that takes anything."""


@dataclass(frozen=True, slots=True)
class Forgery:
    """A forged token: how it is made of a mint whose tokens hold, and Envoy's answer to it.

    `fits` says whether a service can be sent it at all: gRPC takes 16 KiB of metadata.
    """

    name: str
    make: Callable[[Mint], str]
    gateway: int = 401
    fits: bool = True
