"""The tokens of a person, kept per gateway in a file that only they may read."""

import asyncio
import fcntl
import os
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from client.failures import ClientError

FILE_VARIABLE = "JIRA_ANALYTICS_SESSION"
OWNER_ONLY = 0o600
OWNER_ONLY_FOLDER = 0o700
LOCK_TRIES = 600
LOCK_STEP_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Session:
    """One person's tokens for one gateway. What it shows of itself holds none of them."""

    email: str
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    access_expires: float
    """When the access token expires, in seconds since 1970 by this machine's clock."""
    stay: str = ""
    """The same from signing in on, however often the tokens are renewed."""


SESSIONS = TypeAdapter(dict[str, Session])


def default_file() -> Path:
    """Tell where sessions are kept: `JIRA_ANALYTICS_SESSION`, else in the XDG config folder."""
    named = os.environ.get(FILE_VARIABLE)
    if named:
        return Path(named)
    folder = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(folder) / "jira-analytics" / "session.json"


class SessionFile:
    """Sessions by the origin of their gateway, in one file with mode 0600."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self, origin: str) -> Session | None:
        """Find the session for a gateway; ClientError where the file cannot be read."""
        return self._read_all().get(origin)

    def keep(self, origin: str, session: Session) -> None:
        """Write a session, within `alone`; the file is whole and private at every moment."""
        self._write(self._read_all() | {origin: session})

    def forget(self, origin: str) -> None:
        """Take a gateway's session out of the file, within `alone`."""
        kept = self._read_all()
        if kept.pop(origin, None) is not None:
            self._write(kept)

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Keep other processes out: a refresh token works once, and the file is shared."""
        with self._explained("locked"):
            self.path.parent.mkdir(mode=OWNER_ONLY_FOLDER, parents=True, exist_ok=True)
            beside = self.path.with_name(self.path.name + ".lock")
            lock = os.open(beside, os.O_CREAT | os.O_RDWR, OWNER_ONLY)
        try:
            await _lock(lock)
            yield
        finally:
            os.close(lock)

    def _write(self, sessions: dict[str, Session]) -> None:
        with self._explained("written"):
            replace_file(self.path, SESSIONS.dump_json(sessions, indent=2))

    def _read_all(self) -> dict[str, Session]:
        with self._explained("read"), suppress(FileNotFoundError):
            return _sessions_in(self.path.read_bytes())
        return {}

    @contextmanager
    def _explained(self, done: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise ClientError(
                f"the session file {self.path} cannot be {done} ({error.strerror})",
                advice=f"name another with {FILE_VARIABLE}",
            ) from error


def _sessions_in(text: bytes) -> dict[str, Session]:
    """Take the sessions out of a file's text; a file that makes no sense holds none."""
    try:
        return SESSIONS.validate_json(text)
    except ValidationError:
        return {}


def replace_file(path: Path, text: bytes) -> None:
    """Put a file in the place of another at once; it never has a wider mode than its owner's."""
    beside = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, OWNER_ONLY)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


async def _lock(descriptor: int) -> None:
    """Take a lock that ends with its file's descriptor, also when the process dies."""
    for _ in range(LOCK_TRIES):
        if _taken(descriptor):
            return
        await asyncio.sleep(LOCK_STEP_SECONDS)
    raise ClientError(
        "another jira-analytics is renewing the session and does not end",
        advice="end it and try again",
    )


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
