"""`python -m twin jira`: a Jira Cloud site on loopback."""

import errno
from collections.abc import Callable, Coroutine
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated, NoReturn

import typer
import uvloop
from rich.console import Console

from twin.dataset import DataError
from twin.life.founding import Founding, found
from twin.life.people import Life
from twin.making import make_world
from twin.serving import HOST, Running, serve
from twin.shifting import parse_instant
from twin.site import Site
from twin.telling import play
from twin.world import World

Serving = Callable[..., Coroutine[None, None, None]]

cli = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@cli.callback()
def stand_ins() -> None:
    """Stand-ins for the systems the product reads, on this machine alone."""


def _instant(text: str) -> datetime:
    try:
        return parse_instant(text)
    except ValueError as error:
        raise typer.BadParameter("an ISO date or instant, such as 2012-04-01") from error


Data = Annotated[Path | None, typer.Option(help="Issues, Jira REST v2 with changelog; .jsonl.gz.")]
Statuses = Annotated[Path | None, typer.Option(help="Statuses as GET /status gives them; .json.")]
Port = Annotated[int, typer.Option(envvar="TWIN_PORT", help="0 takes a free one.")]
NowIs = Annotated[
    datetime | None,
    typer.Option(parser=_instant, metavar="INSTANT", help="The world as it was then, today."),
]
ShiftFile = Annotated[
    Path | None, typer.Option(help="Where the move to today is kept between starts.")
]
Issues = Annotated[int | None, typer.Option(min=1, help="Make a site of so many, by --seed.")]
Projects = Annotated[int, typer.Option(min=1, help="Of a site that is made.")]
Seed = Annotated[int, typer.Option(help="The same seed, the same site and life.")]
PlayAt = Annotated[
    float,
    typer.Option("--play", min=0, help="Play what came after --now-is, so much faster."),
]
HookCa = Annotated[Path | None, typer.Option(help="Vouches for the https of webhooks; .pem.")]
Edits = Annotated[float, typer.Option(min=0, help="So many edits a second, by people, by --seed.")]


@cli.command()
def jira(  # noqa: PLR0913 - the options of a command
    *,
    data: Data = None,
    statuses: Statuses = None,
    port: Port = 9080,
    now_is: NowIs = None,
    shift_file: ShiftFile = None,
    issues: Issues = None,
    projects: Projects = 3,
    seed: Seed = 1,
    edits: Edits = 0,
    speed: PlayAt = 0,
    hook_ca: HookCa = None,
) -> None:
    """Serve a stateful Jira Cloud (REST v3) until SIGTERM or SIGINT."""
    if shift_file is not None and now_is is None:
        _give_up("--shift-file keeps the move that --now-is asks for; give both")
    if speed and now_is is None:
        _give_up("--play plays what came after --now-is; give both")
    if issues is not None and (data, statuses, now_is) != (None, None, None):
        _give_up("--issues makes a site instead of reading one; leave out the data")
    try:
        if issues is None:
            world = make_world(data, statuses=statuses, now_is=now_is, shift_file=shift_file)
        else:
            world = found(Founding(issues=issues, projects=projects), seed=seed)
    except DataError as error:
        _give_up(str(error))
    beside = [partial(_live, seed=seed, per_second=edits)] if edits else []
    beside += [partial(_play, speed=speed)] if speed else []
    _serve(partial(serve, world, port=port, beside=beside, hook_ca=_readable(hook_ca)), world, port)


def _readable(file: Path | None) -> str | None:
    if file is not None and not file.is_file():
        _give_up(f"{file} cannot be read")
    return None if file is None else str(file)


def _serve(serving: Serving, world: World, port: int) -> None:
    try:
        uvloop.run(serving(announce=partial(_announce, world)))
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            _give_up(f"cannot listen on {HOST}:{port}: {error.strerror}")
        _give_up(f"port {port} is already taken; choose another with --port or TWIN_PORT")


async def _live(site: Site, *, seed: int, per_second: float) -> None:
    await Life.of(site.world, site.clock, seed=seed).go_on(per_second)


async def _play(site: Site, *, speed: float) -> None:
    await play(site, speed=speed, console=Console(highlight=False))


def _announce(world: World, twin: Running) -> None:
    typer.echo(
        f"twin: Jira Cloud at {twin.origin} with {len(world.records):,} issues in "
        f"{len(world.projects())} projects; sign in with any e-mail address and the token "
        f"{twin.site.token}"
    )


def _give_up(why: str) -> NoReturn:
    typer.echo(f"twin: {why}.", err=True)
    raise typer.Exit(1)


if __name__ == "__main__":
    cli()
