"""`summary`, `bottlenecks`, `workload`: one question, three answers."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Protocol, TypeVar
from zoneinfo import ZoneInfo

import typer
from google.protobuf.message import Message
from rich.console import Group

from client.api import Client
from client.commands.terminal import (
    CaOption,
    ConnectionOption,
    GatewayOption,
    JsonOption,
    console,
    print_json,
    run,
)
from client.question import Question

Answer = TypeVar("Answer", bound=Message)
Shown_contra = TypeVar("Shown_contra", bound=Message, contravariant=True)


class Show(Protocol[Shown_contra]):
    """Lays an answer out for a terminal."""

    def __call__(self, answer: Shown_contra, /, *, width: int) -> Group:
        """Lay it out; `width` in characters."""


def _zone(name: str) -> str:
    if name:
        try:
            ZoneInfo(name)
        except (ValueError, OSError) as error:
            raise typer.BadParameter("an IANA time zone, such as Europe/Berlin") from error
    return name


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter("a date or an instant, such as 2026-04-01T12:00Z") from error


def question_command(
    ask: Callable[[Client, Question], Awaitable[Answer]], show: Show[Answer]
) -> Callable[..., None]:
    """Make a command that asks and shows; all of them understand the same options."""

    def command(  # noqa: PLR0913 - a command's options are its arguments
        context: typer.Context,
        *,
        connection: ConnectionOption = "",
        last_days: Annotated[
            int | None, typer.Option(min=1, max=3660, help="Whole days with today; else 30.")
        ] = None,
        start: Annotated[
            datetime | None,
            typer.Option("--from", parser=_moment, metavar="DATE", help="The window's first day."),
        ] = None,
        end: Annotated[
            datetime | None,
            typer.Option("--to", parser=_moment, metavar="DATE", help="The first day after it."),
        ] = None,
        time_zone: Annotated[
            str, typer.Option(callback=_zone, help="Whose days; else the workspace's.")
        ] = "",
        as_of: Annotated[
            datetime | None,
            typer.Option(parser=_moment, metavar="DATE", help="As things were known then."),
        ] = None,
        project: Annotated[
            list[str] | None, typer.Option(metavar="KEY", help="Only this; may be repeated.")
        ] = None,
        issue_type: Annotated[
            list[str] | None,
            typer.Option("--type", metavar="NAME", help="Only this; may be repeated."),
        ] = None,
        as_json: JsonOption = False,
        gateway: GatewayOption = None,
        ca: CaOption = None,
    ) -> None:
        _check_window(last_days, start, end)

        async def work(client: Client) -> None:
            zone = await _zone_of_dates(client, time_zone, start, end, as_of)
            question = Question(
                connection=connection,
                last_days=last_days,
                start=_aware(start, zone),
                end=_aware(end, zone),
                time_zone=time_zone,
                as_of=_aware(as_of, zone),
                projects=tuple(project or ()),
                issue_types=tuple(issue_type or ()),
            )
            print_answer(await ask(client, question), show, as_json=as_json)

        run(context, work, gateway=gateway, ca=ca)

    return command


def print_answer(answer: Answer, show: Show[Answer], *, as_json: bool = False) -> None:
    """Print an answer, for a person or for a program."""
    if as_json:
        print_json(answer)
        return
    out = console()
    out.print(show(answer, width=out.width))


def _check_window(last_days: int | None, start: datetime | None, end: datetime | None) -> None:
    if last_days is not None and (start or end):
        raise typer.BadParameter("give --last-days, or --from and --to, not both")
    if (start is None) != (end is None):
        raise typer.BadParameter("--from and --to belong together")


async def _zone_of_dates(client: Client, name: str, *moments: datetime | None) -> ZoneInfo:
    """Tell the zone that dates without one are meant in; the workspace's is asked for only then."""
    if not name and any(moment is not None and moment.tzinfo is None for moment in moments):
        name = (await client.me()).workspace.time_zone
    return ZoneInfo(name or "UTC")


def _aware(moment: datetime | None, zone: ZoneInfo) -> datetime | None:
    if moment is None or moment.tzinfo is not None:
        return moment
    return moment.replace(tzinfo=zone)
