"""A stand-in for Jira Cloud beside a stack that already runs."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local.options import CannotStart, Running
from deploy.local.parts import ROOT
from deploy.local.stack import Tell

NOW_IS = "2012-04-01"
TWIN_TOKEN = "twin-token"  # noqa: S105 - the stand-in's, known to everybody
TWIN_SECONDS = 60.0
STOP_SECONDS = 10.0
POLL_SECONDS = 0.1


@contextmanager
def stand_in(running: Running, tell: Tell) -> Iterator[str]:
    """Give the site that a running stack may call: the one that is there, or one of our own.

    CannotStart where the stand-in does not come up.
    """
    port = twin_port()
    site = f"http://127.0.0.1:{port}"
    if _is_twin(site):
        tell(f"using the stand-in for Jira Cloud that runs at {site}")
        yield site
        return
    folder = running.folder
    shift, log = folder / "twin-shift.json", folder / "log" / "demo-twin.log"
    command = [sys.executable, "-m", "twin", "jira", "--port", port, "--now-is", NOW_IS]
    command += ["--shift-file", str(shift), "--hook-ca", str(running.ca)]
    with log.open("ab") as said:
        process = subprocess.Popen(  # noqa: S603 - our own program
            command, cwd=ROOT, stdout=said, stderr=said, start_new_session=True
        )
    try:
        _await(process, site, log)
        tell(f"a stand-in for Jira Cloud serves real issues at {site}")
        yield site
    finally:
        _end(process)


def twin_port() -> str:
    """Tell the port that a stack started by `make run` may call beside Jira Cloud's sites."""
    return os.environ.get("TWIN_PORT", "9080")


def _await(process: "subprocess.Popen[bytes]", site: str, log: Path) -> None:
    ends = time.monotonic() + TWIN_SECONDS
    while time.monotonic() < ends:
        if _is_twin(site):
            return
        if process.poll() is not None:
            last = (log.read_text(errors="replace").splitlines() or ["it said nothing"])[-1]
            raise CannotStart(f"the stand-in for Jira Cloud does not start: {last}")
        time.sleep(POLL_SECONDS)
    raise CannotStart(f"the stand-in for Jira Cloud does not answer at {site}: see {log}")


def _is_twin(site: str) -> bool:
    """Tell whether our stand-in answers at an address: nothing else has such a page."""
    try:
        with urllib.request.urlopen(f"{site}/_twin/calls", timeout=2.0) as answer:  # noqa: S310 - loopback
            return bool(answer.status == 200)  # noqa: PLR2004 - HTTP's own number
    except (urllib.error.URLError, OSError):
        return False


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(STOP_SECONDS)
