"""What a local stack is told, and what it tells."""

from dataclasses import dataclass, field
from pathlib import Path


class CannotStart(Exception):
    """The stack cannot start; the message is one sentence that says why and what to do."""


@dataclass(frozen=True, slots=True)
class TwinOptions:
    """A stand-in for Jira Cloud that runs with the stack. `now_is`: an ISO date; see twin."""

    port: int = 0
    now_is: str | None = None


@dataclass(frozen=True, slots=True)
class Stores:
    """Addresses of servers to use instead of the embedded ones."""

    mongo_url: str | None = None
    cache_url: str | None = None
    queue_url: str | None = None


@dataclass(frozen=True, slots=True)
class Options:
    """A stack. `folder` holds its data, certificates and logs; port 0 takes a free one."""

    folder: Path
    gateway_port: int = 0
    extra_sites: tuple[str, ...] = ()
    twin: TwinOptions | None = None
    stores: Stores = field(default_factory=Stores)
    limits_factor: int = 1


@dataclass(frozen=True, slots=True)
class Running:
    """A stack that runs. `twin_url` is None where no twin runs with it."""

    gateway_url: str
    ca: Path
    twin_url: str | None
    folder: Path
