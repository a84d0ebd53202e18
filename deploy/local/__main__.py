"""`make run`: the whole stack on this machine, until Ctrl-C."""

import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from rich.console import Console
from rich.markup import escape

from deploy.local.options import CannotStart, Options, Running, Stores
from deploy.local.stack import start
from services.gateway.policy import LOAD_FACTOR

DEFAULT_GATEWAY_PORT = 8443
DEFAULT_TWIN_PORT = 9080
PARENT_POLL_SECONDS = 1.0
SIGNALS = (signal.SIGINT, signal.SIGTERM)
console = Console(highlight=False, soft_wrap=True)


def _port(name: str, default: int) -> int:
    value = os.environ.get(name, str(default))
    if not value.isdecimal() or not 0 < int(value) < 65536:  # noqa: PLR2004 - TCP's own number
        raise CannotStart(f"{name} is {value!r}: set it to a port, 1 to 65535")
    return int(value)


def options_from_environment() -> Options:
    """Read what the environment says: ports, other stores, other limits."""
    twin = f"http://127.0.0.1:{_port('TWIN_PORT', DEFAULT_TWIN_PORT)}"
    policy = os.environ.get("POLICY", "")
    if policy not in ("", "load"):
        raise CannotStart(f"POLICY is {policy!r}: leave it out, or set it to load")
    extra = [site for site in os.environ.get("EXTRA_SITES", twin).split(",") if site]
    return Options(
        folder=Path(os.environ.get("STACK_FOLDER", ".local")),
        gateway_port=_port("GATEWAY_PORT", DEFAULT_GATEWAY_PORT),
        extra_sites=tuple(extra),
        stores=Stores(
            mongo_url=os.environ.get("MONGO_URL"),
            cache_url=os.environ.get("REDIS_CACHE_URL"),
            queue_url=os.environ.get("REDIS_QUEUE_URL"),
        ),
        limits_factor=LOAD_FACTOR if policy == "load" else 1,
    )


def _check_arguments(arguments: Sequence[str]) -> None:
    """Refuse what would not be heeded: who asks for help does not want a stack."""
    if arguments:
        raise CannotStart(
            f"{' '.join(arguments)!r} is not known: there are no arguments, but the variables"
            " GATEWAY_PORT, TWIN_PORT, STACK_FOLDER, POLICY, EXTRA_SITES, MONGO_URL,"
            " REDIS_CACHE_URL and REDIS_QUEUE_URL"
        )


def _welcome(running: Running) -> None:
    url, ca = running.gateway_url, os.path.relpath(running.ca)
    command = os.path.relpath(Path(sys.executable).parent / "jira-analytics")
    at = "" if url.endswith(f":{DEFAULT_GATEWAY_PORT}") else f" --gateway {url}"
    console.print(f"\n[bold green]jira-analytics runs[/] at [bold]{url}[/]")
    console.print(f"  Its certificate is signed by {ca}: trust that file, nothing system-wide.")
    console.print(f"  Its parts are listed in {os.path.relpath(running.folder / 'stack.json')},")
    console.print(f"  their logs are in {os.path.relpath(running.folder / 'log')}/.\n")
    console.print("Try, in another terminal:")
    console.print(f"  [cyan]curl --cacert {ca} {url}/api/health[/]")
    console.print("  [cyan]make demo[/]     real issues synced and summed up, in a minute")
    console.print(f"  [cyan]{command}{at} signup --email you@example.com --workspace Mine[/]\n")
    console.print("Ctrl-C stops everything.")


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    """Begin to stop, once: a second Ctrl-C must not leave half of it running."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _watch_parent() -> None:
    """Stop when make is killed: nobody else could tell us to."""
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(PARENT_POLL_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)


def main(arguments: Sequence[str]) -> int:
    """Run the stack until SIGINT or SIGTERM; gives the exit code."""
    for number in SIGNALS:
        signal.signal(number, _interrupt)
    if "MAKELEVEL" in os.environ:
        threading.Thread(target=_watch_parent, daemon=True).start()
    began = time.monotonic()
    try:
        _check_arguments(arguments)
        with (
            console.status("starting the stack …") as status,
            start(options_from_environment(), lambda said: console.print(f"• {said}")) as running,
        ):
            status.stop()
            console.print(f"all health checks green after {time.monotonic() - began:.1f} s")
            _welcome(running)
            try:
                signal.pause()
            finally:
                console.print("stopping …")
    except KeyboardInterrupt:
        console.print("stopped")
        return 0
    except CannotStart as reason:
        console.print(f"[red]cannot start:[/] {escape(str(reason))}", markup=True)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
