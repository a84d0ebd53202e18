"""What a running stack writes down about itself, and what one that was killed left behind."""

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from deploy.local.options import CannotStart, Running
from deploy.local.parts import MARK, Part
from deploy.local.supervision import Process

FILE = "stack.json"
END_SECONDS = 15.0


def _started(pid: int) -> float | None:
    try:
        return float(psutil.Process(pid).create_time())
    except psutil.Error:
        return None


def write(
    running: Running, parts: Iterable[Part], processes: Iterable[Process], supervisor_pid: int
) -> None:
    """Write stack.json: every process with its addresses, and who started them."""
    pids = {process.name: process.pid for process in processes}
    record = {
        "gateway_url": running.gateway_url,
        "ca": str(running.ca),
        "twin_url": running.twin_url,
        "runner": {"pid": os.getpid(), "start_time": _started(os.getpid())},
        "supervisor": {"pid": supervisor_pid, "start_time": _started(supervisor_pid)},
        "processes": [
            {
                "name": part.name,
                "pid": pids.get(part.name, 0),
                "start_time": _started(pids.get(part.name, 0)) if pids.get(part.name) else None,
                "address": part.address,
                "metrics_address": part.metrics_address,
            }
            for part in parts
        ],
    }
    beside = running.folder / f".{FILE}.{os.getpid()}"
    beside.write_text(json.dumps(record, indent=2) + "\n")
    beside.replace(running.folder / FILE)


def _read(folder: Path) -> dict[str, Any] | None:
    try:
        record: dict[str, Any] = json.loads((folder / FILE).read_text())
    except (OSError, ValueError):
        return None
    return record


def running_in(folder: Path) -> Running | None:
    """Tell of the stack that runs in a folder; None where none does, whatever is written there."""
    record = _read(folder)
    if record is None:
        return None
    runner = record["runner"]
    if runner["start_time"] is None or _started(runner["pid"]) != runner["start_time"]:
        return None
    return Running(
        gateway_url=record["gateway_url"],
        ca=Path(record["ca"]),
        twin_url=record["twin_url"],
        folder=folder,
    )


def _leftovers(folder: Path) -> list[psutil.Process]:
    """Find processes of the folder's stack, wherever they hang.

    They are known by the mark in their environment; Valkey writes its title over that, and is known
    by working in the stack's data.
    """
    return [process for process in psutil.process_iter() if _belongs(process, folder)]


def _belongs(process: psutil.Process, folder: Path) -> bool:
    try:
        if process.pid == os.getpid():
            return False
        if process.environ().get(MARK) == str(folder):
            return True
        return Path(process.cwd()).is_relative_to(folder / "data")
    except psutil.Error:
        return False


def _supervises(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return any(word.endswith("supervisord") for word in process.cmdline())
    return False


def _end(processes: list[psutil.Process]) -> None:
    """Ask processes to end, and end those that do not."""
    for ask in (psutil.Process.terminate, psutil.Process.kill):
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                ask(process)
        _, processes = psutil.wait_procs(processes, timeout=END_SECONDS)


def clear(folder: Path) -> int:
    """End what a killed stack left running, since it holds the data's files; gives how many."""
    found = _leftovers(folder)
    # A supervisor that is left ends the others in order; otherwise they are ended all at once.
    _end([process for process in found if _supervises(process)])
    _end(_leftovers(folder))
    if _leftovers(folder):
        raise CannotStart(f"processes of an earlier run in {folder} cannot be ended: end them")
    (folder / FILE).unlink(missing_ok=True)
    return len(found)
