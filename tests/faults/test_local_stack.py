"""`make run` as a newcomer meets it: started, broken, killed, started again, stopped."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import psutil
import pytest

from jira_analytics.auth.v1 import auth_pb2, auth_pb2_grpc
from tests.stores import free_port

GREEN_SECONDS = 90
STOP_SECONDS = 15
CALL_SECONDS = 10
PASSWORD = "a passphrase for tests"


class Stack:
    """A stack that runs in a process of its own, as `make run` starts it."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port
        self.log = folder / "said.txt"
        folder.mkdir(exist_ok=True)
        kept = {key: value for key, value in os.environ.items() if key != "MAKELEVEL"}
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "deploy.local"],
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**kept, "STACK_FOLDER": str(folder), "GATEWAY_PORT": str(port)},
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        """What it printed."""
        return self.log.read_text()

    def wait_green(self) -> None:
        """Wait until it says that all is well."""
        until(lambda: "all health checks green" in self.said, lambda: self.said)

    def record(self) -> dict[str, Any]:
        """Give stack.json."""
        record: dict[str, Any] = json.loads((self.folder / "stack.json").read_text())
        return record

    def pid(self, name: str) -> int:
        """Give a part's process id."""
        rows = self.record()["processes"]
        return next(int(row["pid"]) for row in rows if row["name"] == name)

    def auth(self) -> auth_pb2_grpc.AuthServiceStub:
        """Open AuthService through the gateway, trusting the stack's authority alone."""
        trust = grpc.ssl_channel_credentials((self.folder / "ca.pem").read_bytes())
        return auth_pb2_grpc.AuthServiceStub(grpc.secure_channel(f"localhost:{self.port}", trust))

    def interrupt(self) -> int:
        """Press Ctrl-C; gives the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(STOP_SECONDS)


def until(
    done: Callable[[], bool], tell: Callable[[], str], seconds: float = GREEN_SECONDS
) -> None:
    """Wait until something is so; what `tell` says is shown if it never is."""
    ends = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < ends, tell()
        time.sleep(0.1)


def family(folder: Path) -> list[int]:
    """List processes that belong to the stack of a folder."""
    found = []
    for process in psutil.process_iter():
        try:
            marked = process.environ().get("JIRA_ANALYTICS_STACK") == str(folder)
            if marked or Path(process.cwd()).is_relative_to(folder):
                found.append(process.pid)
        except psutil.Error:
            continue
    return found


@contextmanager
def stack(folder: Path, port: int) -> Iterator[Stack]:
    """Run a stack; whatever a test does to it, nothing of it is left afterwards."""
    running = Stack(folder, port)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.process.send_signal(signal.SIGTERM)
            running.process.wait(STOP_SECONDS)


def test_a_stack_survives_its_parts_and_its_own_death(tmp_path: Path) -> None:
    """A part that dies is started again; after kill -9 of the whole, the data are there."""
    folder, port = tmp_path / "stack", free_port()
    with stack(folder, port) as first:
        first.wait_green()
        signup = auth_pb2.SignUpRequest(
            email="a@example.com", password=PASSWORD, workspace_name="A"
        )
        assert first.auth().SignUp(signup, timeout=CALL_SECONDS).access_token

        auth = first.pid("auth")
        os.kill(auth, signal.SIGKILL)
        until(lambda: "auth had died and was started again" in first.said, lambda: first.said)
        until(lambda: first.pid("auth") != auth, lambda: str(first.record()))

        record = first.record()
        os.kill(record["runner"]["pid"], signal.SIGKILL)
        os.kill(record["supervisor"]["pid"], signal.SIGKILL)
        first.process.wait(STOP_SECONDS)

    with stack(folder, port) as second:
        second.wait_green()
        assert "ended what a killed run had left behind" in second.said
        login = auth_pb2.LoginRequest(email="a@example.com", password=PASSWORD)
        assert second.auth().Login(login, timeout=CALL_SECONDS).access_token
        assert second.interrupt() == 0
    assert family(folder) == []
    assert not (folder / "stack.json").exists()
    assert (folder / "master.key").stat().st_mode & 0o777 == 0o600


def test_a_second_stack_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    """Two stacks would fight for the same files."""
    with stack(tmp_path / "stack", free_port()) as first:
        first.wait_green()
        with stack(tmp_path / "stack", free_port()) as second:
            assert second.process.wait(GREEN_SECONDS) == 1
            assert "runs in" in second.said
        assert first.process.poll() is None


def test_a_taken_port_is_named_with_who_has_it_and_what_to_set(tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = int(holder.getsockname()[1])
        with stack(tmp_path / "stack", port) as refused:
            assert refused.process.wait(GREEN_SECONDS) == 1
            said = " ".join(refused.said.split())
    assert f"port {port} is taken by" in said
    assert "GATEWAY_PORT" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("port", ["none", "0", "70000"])
def test_a_port_that_is_none_is_refused_in_a_sentence(tmp_path: Path, port: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "deploy.local"],
        env={**os.environ, "STACK_FOLDER": str(tmp_path), "GATEWAY_PORT": port},
        capture_output=True,
        text=True,
        timeout=GREEN_SECONDS,
        check=False,
    )
    assert ran.returncode == 1
    assert "GATEWAY_PORT is" in ran.stdout
    assert "Traceback" not in ran.stdout + ran.stderr


@pytest.mark.parametrize("arguments", [["--help"], ["start", "[red]"]])
def test_an_argument_starts_no_stack(tmp_path: Path, arguments: list[str]) -> None:
    """Who asks for help, or for what there is not, is told in a sentence what there is."""
    folder = tmp_path / "stack"
    ran = subprocess.run(
        [sys.executable, "-m", "deploy.local", *arguments],
        env={**os.environ, "STACK_FOLDER": str(folder)},
        capture_output=True,
        text=True,
        timeout=GREEN_SECONDS,
        check=False,
    )
    assert ran.returncode == 1
    assert ran.stdout.startswith(f"cannot start: {' '.join(arguments)!r} is not known: there are")
    assert "GATEWAY_PORT" in ran.stdout
    assert ran.stdout.count("\n") == 1
    assert not folder.exists()
