"""A stack from start to stop."""

import ssl
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from deploy.local import record
from deploy.local.options import CannotStart, Options, Running
from deploy.local.parts import Part, Secrets, addresses, deployment, parts, socket_path
from deploy.local.ports import require_free
from deploy.local.record import running_in
from deploy.local.secrets import certificates, client_secrets, master_keys, utc_now
from deploy.local.supervision import Process, Supervisor
from services.gateway.render import write as write_gateway

__all__ = ["running_in", "start"]

START_SECONDS = 90.0
POLL_SECONDS = 0.25
LOG_LINES = 12
GIVEN_UP = frozenset({"FATAL", "EXITED", "UNKNOWN"})

# Hears a sentence about what happens.
Tell = Callable[[str], None]


def _silent(_sentence: str) -> None:
    """Tell nobody."""


@contextmanager
def start(options: Options, tell: Tell = _silent) -> Iterator[Running]:
    """Start a stack, wait until every health check is green, and stop it in order when left.

    CannotStart says in a sentence what is in the way. Parts that die are started again and told of.
    """
    folder = options.folder.resolve()
    options = replace(options, folder=folder)
    if running_in(folder) is not None:
        raise CannotStart(f"a stack runs in {folder} already: stop it first (Ctrl-C where it runs)")
    for name in ("", "data", "data/queue", "data/cache", "log", "run", "gateway"):
        (folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)
    if record.clear(folder):
        tell("ended what a killed run had left behind")
    if options.gateway_port:
        require_free(options.gateway_port, "GATEWAY_PORT")
    at = addresses(options)
    found = certificates(folder, utc_now())
    write_gateway(deployment(options, at, found.chain, found.key), factor=options.limits_factor)
    listed = parts(options, at, Secrets(master_keys(folder), client_secrets(folder)))
    running = Running(
        gateway_url=f"https://localhost:{at.gateway}",
        ca=found.authority,
        twin_url=at.twin_url if options.twin else None,
        folder=folder,
    )
    with _supervised(listed, running, tell):
        yield running


@contextmanager
def _supervised(listed: Sequence[Part], running: Running, tell: Tell) -> Iterator[None]:
    folder = running.folder
    supervisor = Supervisor(listed, folder, socket_path(folder, "supervisor.sock"))
    watch = _Watch(listed, running, supervisor, tell)
    try:
        watch.until_green()
        watch.start()
        yield
    finally:
        watch.stop()
        supervisor.stop()
        record.clear(folder)


class _Watch:
    """Looks after the parts: writes down where they are, tells when one was started again."""

    def __init__(
        self, listed: Sequence[Part], running: Running, supervisor: Supervisor, tell: Tell
    ) -> None:
        self._listed = listed
        self._running = running
        self._supervisor = supervisor
        self._tell = tell
        self._pids: dict[str, int] = {}
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._look, name="watch", daemon=True)

    def until_green(self) -> None:
        """Wait until every part runs and the gateway says that all are well."""
        healthy = Health(self._running)
        ends = time.monotonic() + START_SECONDS
        missing: list[str] = []
        while time.monotonic() < ends:
            processes = self._note()
            _require_alive(processes, self._running.folder, supervised=self._supervisor.running)
            missing = [process.name for process in processes if process.state != "RUNNING"]
            if processes and not missing and healthy():
                return
            time.sleep(POLL_SECONDS)
        what = f"{', '.join(missing)} not running" if missing else healthy.problem
        raise CannotStart(
            f"the stack was not healthy after {START_SECONDS:.0f} s ({what}): "
            f"see {self._running.folder / 'log'}"
        )

    def start(self) -> None:
        """Go on looking in the background."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._ends.set()
        if self._thread.is_alive():
            self._thread.join(5.0)

    def _look(self) -> None:
        while not self._ends.wait(POLL_SECONDS):
            self._note()

    def _note(self) -> list[Process]:
        """Ask for the parts; where one has another pid than before, say so and write it down."""
        processes = self._supervisor.processes()
        alive = {process.name: process.pid for process in processes if process.pid}
        moved = {name for name, pid in alive.items() if self._pids.get(name) != pid}
        for name in sorted(moved & self._pids.keys()):
            self._tell(f"{name} had died and was started again (pid {alive[name]})")
        if moved:
            self._pids.update(alive)
            record.write(self._running, self._listed, processes, self._supervisor.pid)
        return processes


class Health:
    """Asks the gateway's health, as a client would."""

    def __init__(self, running: Running) -> None:
        self._url = f"{running.gateway_url}/api/health"
        self._trust = ssl.create_default_context(cafile=str(running.ca))
        self.problem = "the gateway was not asked"

    def __call__(self) -> bool:
        """Ask once; `problem` says what was wrong."""
        try:
            with urllib.request.urlopen(self._url, timeout=2.0, context=self._trust) as answer:  # noqa: S310 - our own address
                return bool(answer.status == 200)  # noqa: PLR2004 - HTTP's own number
        except (urllib.error.URLError, OSError) as problem:
            self.problem = f"the gateway's health check says: {problem}"
            return False


def _require_alive(processes: Sequence[Process], folder: Path, *, supervised: bool) -> None:
    """Make sure that no part was given up; CannotStart shows the end of its log."""
    if not supervised:
        raise CannotStart(f"the supervisor ended: see {folder / 'log' / 'supervisor.log'}")
    for process in processes:
        if process.state in GIVEN_UP:
            log = folder / "log" / f"{process.name}.log"
            said = log.read_text(errors="replace").splitlines()[-LOG_LINES:] if log.exists() else []
            raise CannotStart(
                f"{process.name} will not start ({process.said}); its log {log} ends with:\n  "
                + "\n  ".join(said)
            )
