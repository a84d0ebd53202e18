"""The supervisor of a stack: supervisord, told by a file and asked over a unix socket."""

import configparser
import http.client
import io
import os
import signal
import subprocess
import sys
import xmlrpc.client
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from supervisor.xmlrpc import SupervisorTransport

from deploy.local.parts import MARK, ROOT, Part
from deploy.local.secrets import write_private

# Stages stop one after the other, the last one first: 13 s in all.
STOP_SECONDS_OF_STAGE = {4: 2, 3: 5, 2: 2, 1: 4}
STOP_SECONDS = sum(STOP_SECONDS_OF_STAGE.values()) + 1
LOG_BYTES = "20MB"


@dataclass(frozen=True, slots=True)
class Process:
    """A part as the supervisor sees it; `pid` is 0 while it does not run."""

    name: str
    pid: int
    state: str
    said: str


def _escaped(text: str) -> str:
    """Double percent signs: supervisord expands them."""
    return text.replace("%", "%%")


def _environment(values: Mapping[str, str]) -> str:
    quoted = {
        name: value.replace("\\", "\\\\").replace('"', '\\"') for name, value in values.items()
    }
    return _escaped(",".join(f'{name}="{value}"' for name, value in quoted.items()))


def configuration(parts: Iterable[Part], folder: Path, socket: Path) -> str:
    """Write supervisord's configuration: parts of a stage start and stop together, in order."""
    config = configparser.RawConfigParser()
    config["unix_http_server"] = {"file": str(socket), "chmod": "0600"}
    config["supervisord"] = {
        "nodaemon": "true",
        "environment": 'PYTHONUNBUFFERED="1"',
        "logfile": str(folder / "log" / "supervisor.log"),
        "pidfile": str(folder / "run" / "supervisor.pid"),
        "directory": str(ROOT),
        "minfds": "4096",
    }
    interface = "supervisor.rpcinterface:make_main_rpcinterface"
    config["rpcinterface:supervisor"] = {"supervisor.rpcinterface_factory": interface}
    stages: dict[int, list[str]] = {}
    for part in parts:
        stages.setdefault(part.stage, []).append(part.name)
        config[f"program:{part.name}"] = _program(part, folder)
    for stage, names in stages.items():
        config[f"group:stage{stage}"] = {"programs": ",".join(names), "priority": str(stage)}
    text = io.StringIO()
    config.write(text)
    return text.getvalue()


def _program(part: Part, folder: Path) -> dict[str, str]:
    # No word of a command needs quoting but for spaces in the path of the checkout.
    words = [f'"{word}"' if " " in word or word == "" else word for word in part.command]
    return {
        "command": _escaped(" ".join(words)),
        "environment": _environment(part.environment),
        "autorestart": "true",
        "startsecs": "1",
        "startretries": "5",
        "stopwaitsecs": str(STOP_SECONDS_OF_STAGE[part.stage]),
        "redirect_stderr": "true",
        "stdout_logfile": str(folder / "log" / f"{part.name}.log"),
        "stdout_logfile_maxbytes": LOG_BYTES,
        "stdout_logfile_backups": "1",
    }


class Supervisor:
    """A supervisord that runs a stack's parts, as a child of this process."""

    def __init__(self, parts: Sequence[Part], folder: Path, socket: Path) -> None:
        file = folder / "run" / "supervisord.conf"
        write_private(file, configuration(parts, folder, socket).encode())
        self._socket = socket
        program = str(Path(sys.executable).parent / "supervisord")
        # A group of its own: Ctrl-C in a terminal is for us, and we stop the parts in order.
        self._child = subprocess.Popen(  # noqa: S603 - our own file, written above
            [program, "-n", "-c", str(file)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            env={**os.environ, MARK: str(folder)},
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        """The supervisor's own process id."""
        return self._child.pid

    @property
    def running(self) -> bool:
        """Whether the supervisor is there."""
        return self._child.poll() is None

    def processes(self) -> list[Process]:
        """Ask what the parts are doing; nothing while the supervisor cannot be asked."""
        # A connection of its own each time: one that failed half-way cannot be used again.
        transport = SupervisorTransport(None, None, f"unix://{self._socket}")
        remote: Any = xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport)
        try:
            rows = remote.supervisor.getAllProcessInfo()
        except (OSError, xmlrpc.client.Error, http.client.HTTPException):
            return []
        return [
            Process(row["name"], row["pid"], row["statename"], row["description"]) for row in rows
        ]

    def stop(self) -> None:
        """Stop the parts in order, the gateway first; whatever takes too long is ended."""
        if self.running:
            self._child.send_signal(signal.SIGTERM)
        try:
            self._child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
