"""`python -m twin jira`: a Jira Cloud site on loopback."""

import errno
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
import uvloop

from twin.dataset import DataError
from twin.making import make_world
from twin.serving import HOST, Running, serve
from twin.shifting import parse_instant
from twin.world import World

cli = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@cli.callback()
def stand_ins() -> None:
    """Stand-ins for the systems the product reads, on this machine alone."""


def _instant(text: str) -> datetime:
    try:
        return parse_instant(text)
    except ValueError as error:
        raise typer.BadParameter("an ISO date or instant, such as 2012-04-01") from error


@cli.command()
def jira(
    *,
    data: Annotated[
        Path | None, typer.Option(help="Issues, Jira REST v2 with changelog; .jsonl.gz.")
    ] = None,
    statuses: Annotated[
        Path | None, typer.Option(help="Statuses as GET /status gives them; .json.")
    ] = None,
    port: Annotated[int, typer.Option(envvar="TWIN_PORT", help="0 takes a free one.")] = 9080,
    now_is: Annotated[
        datetime | None,
        typer.Option(parser=_instant, metavar="INSTANT", help="The world as it was then, today."),
    ] = None,
    shift_file: Annotated[
        Path | None, typer.Option(help="Where the move to today is kept between starts.")
    ] = None,
) -> None:
    """Serve a stateful Jira Cloud (REST v3) until SIGTERM or SIGINT."""
    if shift_file is not None and now_is is None:
        _give_up("--shift-file keeps the move that --now-is asks for; give both")
    try:
        world = make_world(data, statuses=statuses, now_is=now_is, shift_file=shift_file)
    except DataError as error:
        _give_up(str(error))
    try:
        uvloop.run(serve(world, port=port, announce=partial(_announce, world)))
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            _give_up(f"cannot listen on {HOST}:{port}: {error.strerror}")
        _give_up(f"port {port} is already taken; choose another with --port or TWIN_PORT")


def _announce(world: World, twin: Running) -> None:
    typer.echo(
        f"twin: Jira Cloud at {twin.origin} with {len(world.records):,} issues in "
        f"{len(world.projects())} projects; sign in with any e-mail address and the token "
        f"{twin.site.token}"
    )


def _give_up(why: str) -> None:
    typer.echo(f"twin: {why}.", err=True)
    raise typer.Exit(1)


if __name__ == "__main__":
    cli()
