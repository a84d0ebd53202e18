"""`make demo`: the main job on real issues, from a site to an executive summary.

It uses the stack that runs in `.local`, or starts one of its own in `.local/demo` and stops it at
the end. `KEEP=1` leaves everything up until Ctrl-C; with `LIVE=1` history goes on at the site, and
the summary moves with it.
"""

import asyncio
import os
import secrets
import shlex
import signal
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from rich.console import Console

from client.api import Client
from client.commands.asking import print_answer
from client.commands.collecting import watch_sync
from client.failures import ClientError
from client.place import find_gateway
from client.question import Question
from client.session import FILE_VARIABLE, SessionFile
from client.show.bottlenecks import show_bottlenecks
from client.show.summary import show_summary
from client.show.workload import show_workload
from deploy.local.live.options import LiveOptions, live_from_environment
from deploy.local.live.showing import LiveDemo, show_live
from deploy.local.operate import raise_tier
from deploy.local.options import CannotStart, Options, Running, TwinOptions
from deploy.local.stack import running_in, start
from deploy.local.stand_in import NOW_IS, TWIN_TOKEN, stand_in, twin_port

LOCAL = Path(".local")
OWN = LOCAL / "demo"
CONNECTION = "demo"
PROJECT = "FCREPO"
DAYS = 90
INTERRUPTED = 130
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
console = Console(highlight=False, soft_wrap=True)


@dataclass(frozen=True, slots=True)
class Demo:
    """What the demo works with: a stack, its own or one that ran before, and a site."""

    running: Running
    site: str
    own: bool

    @property
    def session(self) -> Path:
        """The file with the demo account's tokens."""
        return self.running.folder / "demo-session.json"


def main() -> int:
    """Run the demo; gives the exit code."""
    for number in SIGNALS:
        signal.signal(number, _interrupt)
    keep = os.environ.get("KEEP", "") not in {"", "0"}
    try:
        live = live_from_environment()
        with ExitStack() as stack:
            demo = _open(stack)
            asyncio.run(_show(demo, live))
            _say_how_to_go_on(demo, keep=keep)
            if keep:
                _wait()
            elif demo.own:
                console.print("\nstopping the stack …")
    except KeyboardInterrupt:
        console.print("stopped")
        return INTERRUPTED
    except (CannotStart, ClientError) as error:
        console.print("[bold red]the demo cannot go on:[/]", end=" ")
        console.print(str(error), markup=False)
        return 1
    return 0


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    """Begin to stop, once: a second Ctrl-C must not leave half of it running."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _wait() -> None:
    """Leave everything up until Ctrl-C, which is the way this is meant to end."""
    console.print("\nEverything stays up until Ctrl-C.")
    try:
        signal.pause()
    except KeyboardInterrupt:
        console.print("stopping …")


def _open(stack: ExitStack) -> Demo:
    """Find a stack that runs, or start one; what is started is stopped when `stack` is left."""
    for folder in (LOCAL, OWN):
        running = running_in(folder.resolve())
        if running is not None:
            _tell(f"using the stack that runs at {running.gateway_url}")
            return Demo(
                running,
                running.twin_url or stack.enter_context(stand_in(running, _tell)),
                own=False,
            )
    began = time.monotonic()
    with console.status("starting a stack of its own …"):
        running = stack.enter_context(start(Options(OWN, twin=TwinOptions(now_is=NOW_IS)), _tell))
    _tell(f"a stack of its own runs at {running.gateway_url} ({time.monotonic() - began:.1f} s)")
    return Demo(running, running.twin_url or "", own=True)


async def _show(demo: Demo, live: LiveOptions | None) -> None:
    """Do what a newcomer would: sign up, connect, sync, ask three questions; then see it move."""
    gateway = find_gateway(demo.running.gateway_url, ca=demo.running.ca)
    email, password = f"demo-{secrets.token_hex(4)}@example.com", secrets.token_urlsafe(18)
    question = Question(last_days=DAYS)
    async with Client(gateway, SessionFile(demo.session)) as client:
        await client.sign_up(email, password=password, workspace="Demo")
        if live is not None:
            await asyncio.to_thread(raise_tier, demo.running.folder, email)
            await client.log_in(email, password=password)
        _tell(f"signed up as {email}")
        await client.connect_jira(CONNECTION, site_url=demo.site, email=email, api_token=TWIN_TOKEN)
        _tell(f"connected to {demo.site}: real issues as they were on {NOW_IS}, moved to today")
        await watch_sync(client, await client.start_sync())
        print_answer(await client.executive_summary(question), show_summary)
        print_answer(await client.bottlenecks(question), show_bottlenecks)
        print_answer(await client.workload(question), show_workload)
        if live is not None:
            console.print()
            await show_live(LiveDemo(client, CONNECTION, demo.site, console, _tell, live, DAYS))


def _tell(sentence: str) -> None:
    console.print(f"[green]•[/] {sentence}")


def _say_how_to_go_on(demo: Demo, *, keep: bool) -> None:
    console.print("\n[bold]Go on by hand[/], in another terminal, from this folder:")
    if keep or not demo.own:
        _with_this_stack(demo)
    else:
        _with_another_stack()


def _with_this_stack(demo: Demo) -> None:
    """Name commands that work with the stack that stays up, as the demo's account."""
    running, command = demo.running, _command()
    _name_commands(
        f"export JIRA_ANALYTICS_GATEWAY={running.gateway_url}",
        f"export JIRA_ANALYTICS_CA={_path(running.ca)}",
        f"export {FILE_VARIABLE}={_path(demo.session)}",
        f"{command} summary --last-days {DAYS} --json",
        f"{command} bottlenecks --last-days 365",
        f"{command} workload --project {PROJECT}",
        f"{command} signup --email you@example.com   # an account of your own instead",
    )


def _with_another_stack() -> None:
    """Name commands that work once this stack is gone."""
    port, account = os.environ.get("GATEWAY_PORT", ""), "--email you@example.com"
    command = _command() + (f" --gateway https://localhost:{port}" if port else "")
    site = f"http://127.0.0.1:{twin_port()}"
    _name_commands(
        "make demo LIVE=1   # shows the summary move, while real history goes on at the site",
        "make demo KEEP=1   # leaves this stack up, and says how to ask it more",
    )
    console.print("or step by step, each of the first two in a terminal of its own:")
    _name_commands(
        "make run",
        f"{_path(Path(sys.executable))} -m twin jira --now-is {NOW_IS}",
        f"{command} signup {account}",
        f"{command} connect jira --site {site} {account} --token {TWIN_TOKEN}",
        f"{command} sync --watch",
        f"{command} summary --last-days {DAYS}",
    )


def _name_commands(*commands: str) -> None:
    for command in commands:
        console.print(f"  [cyan]{command}[/]")


def _command() -> str:
    return _path(Path(sys.executable).with_name("jira-analytics"))


def _path(path: Path) -> str:
    """Write a path as it can be typed here."""
    return shlex.quote(os.path.relpath(path))


if __name__ == "__main__":
    sys.exit(main())
