"""`summary`, `bottlenecks`, `workload`: one question, three answers."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
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
from client.commands.words import moment, zone
from client.failures import ClientError, Refused
from client.question import Question

Answer = TypeVar("Answer", bound=Message)
Shown_contra = TypeVar("Shown_contra", bound=Message, contravariant=True)


class Show(Protocol[Shown_contra]):
    """Lays an answer out for a terminal."""

    def __call__(self, answer: Shown_contra, /, *, width: int) -> Group:
        """Lay it out; `width` in characters."""


LastDaysOption = Annotated[
    int | None, typer.Option(min=1, max=3660, help="Whole days with today; else 30.")
]
StartOption = Annotated[
    datetime | None,
    typer.Option("--from", parser=moment, metavar="DATE", help="The window's first day."),
]
EndOption = Annotated[
    datetime | None,
    typer.Option("--to", parser=moment, metavar="DATE", help="The first day after it."),
]
ZoneOption = Annotated[str, typer.Option(callback=zone, help="Whose days; else the workspace's.")]
AsOfOption = Annotated[
    datetime | None,
    typer.Option(parser=moment, metavar="DATE", help="As things were known then."),
]
ProjectOption = Annotated[
    list[str] | None, typer.Option(metavar="KEY", help="Only this; may be repeated.")
]
TypeOption = Annotated[
    list[str] | None, typer.Option("--type", metavar="NAME", help="Only this; may be repeated.")
]


def question_command(
    ask: Callable[[Client, Question], Awaitable[Answer]], show: Show[Answer]
) -> Callable[..., None]:
    """Make a command that asks and shows; all of them understand the same options."""

    def command(  # noqa: PLR0913 - a command's options are its arguments
        context: typer.Context,
        *,
        connection: ConnectionOption = "",
        last_days: LastDaysOption = None,
        start: StartOption = None,
        end: EndOption = None,
        time_zone: ZoneOption = "",
        as_of: AsOfOption = None,
        project: ProjectOption = None,
        issue_type: TypeOption = None,
        as_json: JsonOption = False,
        gateway: GatewayOption = None,
        ca: CaOption = None,
    ) -> None:
        _check_window(last_days, start, end)
        question = Question(
            connection=connection,
            last_days=last_days,
            start=start,
            end=end,
            time_zone=time_zone,
            as_of=as_of,
            projects=tuple(project or ()),
            issue_types=tuple(issue_type or ()),
        )

        async def work(client: Client) -> None:
            answer = await ask(client, await _in_its_zone(question, client))
            print_answer(answer, show, as_json=as_json)

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


async def _in_its_zone(question: Question, client: Client) -> Question:
    """Take dates without a zone as meant in the question's, else in the workspace's."""
    moments = (question.start, question.end, question.as_of)
    if all(moment is None or moment.tzinfo is not None for moment in moments):
        return question
    clocks = ZoneInfo(question.time_zone or await _zone_of_workspace(client))
    start, end, as_of = (_aware(moment, clocks) for moment in moments)
    return replace(question, start=start, end=end, as_of=as_of)


async def _zone_of_workspace(client: Client) -> str:
    if not client.is_machine:
        return (await client.me()).workspace.time_zone
    try:
        return (await client.workspace()).time_zone
    except Refused as error:
        if error.reason != "SCOPE_INSUFFICIENT":
            raise
        raise ClientError(
            "the API key may not ask in which time zone the workspace's days are",
            advice="give --time-zone",
        ) from error


def _aware(moment: datetime | None, zone: ZoneInfo) -> datetime | None:
    if moment is None or moment.tzinfo is not None:
        return moment
    return moment.replace(tzinfo=zone)
