"""The product's worker in a process that kills itself as it passes a point for the n-th time.

Nothing in the product knows of the points: each is put around one of its methods in this process
alone. The site is made by hand, so that what is killed is the queue's work and the database's.
"""

import json
import os
import random
import signal
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bullmq.backends import RedisBackend
from pydantic import SecretStr

from services.chassis import mongo
from services.chassis.clock import system_clock
from services.chassis.mongo import Session
from services.chassis.settings import Mongo
from services.kernel.ids import JobId, fresh
from services.kernel.sync_job import Mode
from services.sync import collecting, forsaken, queue, suspects, worker
from services.sync.domain.lanes import Lane
from services.sync.domain.wanted import Wanted
from services.sync.sources.answers import Wait
from services.sync.store.issues import IssueStore
from services.sync.store.jobs import JobStore
from services.sync.store.runs import RunStore
from services.sync.turns import Turns
from tests.contract.run_store import connection_named
from tests.unit.sync_collecting import HandMadeSite

ISSUES, PAGE = 6, 2
# A site asks for patience now and then, so that jobs are put down and back.
PATIENCE_MS, IMPATIENT = 30, 0.2
BEFORE, AFTER = "before", "after"


@dataclass(frozen=True, slots=True)
class Point:
    """Where a process dies: before or after a method does its work; AttributeError where none is.

    One that does it within a transaction takes the session as its first argument.
    """

    kind: type
    method: str
    when: str
    counts: Callable[[Any], bool] = lambda _answer: True
    within: bool = False

    def __post_init__(self) -> None:
        getattr(self.kind, self.method)


# In the order in which a job passes them.
POINTS: Final[dict[str, Point]] = {
    "taken down, not put": Point(JobStore, "start", AFTER),
    "put, its turn not": Point(Turns, "put", BEFORE),
    "fetched": Point(RedisBackend, "moveToActive", AFTER, lambda answer: bool(answer[0])),
    "claimed": Point(RunStore, "claim", AFTER, lambda claim: claim is not None),
    "listed": Point(RunStore, "add_pages", AFTER),
    "swept": Point(RunStore, "end_sweep", AFTER),
    "page read": Point(RunStore, "write_page", BEFORE),
    "page half written": Point(IssueStore, "write_read", AFTER, within=True),
    "page written": Point(RunStore, "write_page", AFTER),
    "revision raised": Point(RunStore, "raise_revision", AFTER),
    "put down": Point(RunStore, "pause", AFTER),
    "put back": Point(RedisBackend, "moveToDelayed", AFTER),
    "about to succeed": Point(RunStore, "succeed", BEFORE),
    "succeeded": Point(RunStore, "succeed", AFTER),
    "completed": Point(RedisBackend, "moveToCompleted", AFTER),
}
STARTERS: Final = ("taken down, not put", "put, its turn not")


def _die(note: Path, within: Session | None) -> None:
    """Die, with a note of it: it names the session whose transaction is left open."""
    note.write_text(within.session_id["id"].hex() if within else "")
    os.kill(os.getpid(), signal.SIGKILL)


def _arm(point: Point, passing: int, note: Path) -> None:
    """Let this process die as it passes a point for the n-th time."""
    plain: Callable[..., Coroutine[Any, Any, Any]] = getattr(point.kind, point.method)
    passed = 0

    def passes(args: Sequence[Any]) -> None:
        nonlocal passed
        passed += 1
        if passed == passing:
            _die(note, args[1] if point.within else None)

    async def mortal(*args: Any, **kwargs: Any) -> Any:
        if point.when == BEFORE:
            passes(args)
        answer = await plain(*args, **kwargs)
        if point.when == AFTER and point.counts(answer):
            passes(args)
        return answer

    setattr(point.kind, point.method, mortal)


def _note_effects(notes: Path) -> None:
    """Note what a run has done, once it is done."""

    def note(*facts: object) -> None:
        with notes.open("a") as file:
            file.write(json.dumps(facts) + "\n")

    for method in ("write_page", "succeed"):
        plain = getattr(RunStore, method)

        async def noted(
            self: RunStore,
            claim: Any,
            *args: Any,
            plain: Any = plain,
            what: str = method,
            **kw: Any,
        ) -> Any:
            answer = await plain(self, claim, *args, **kw)
            note(what, claim.job.job_id, claim.connection_id, answer)
            return answer

        setattr(RunStore, method, noted)


class _Site(HandMadeSite):
    async def issues(self, ids: Sequence[str], *also: Any, **more: Any) -> list[dict[str, Any]]:
        if random.random() < IMPATIENT:
            raise Wait(system_clock() + PATIENCE_MS)
        return await super().issues(ids, *also, **more)


def _compress(lock_ms: int) -> None:
    """Let what takes seconds take less, and let nobody be condemned: here everybody is killed."""
    queue.LOCK_MILLISECONDS, queue.STALLED_CHECK_MILLISECONDS = lock_ms, lock_ms // 3
    queue.APART_MILLISECONDS = queue.FIRST_RETRY_MILLISECONDS = lock_ms // 4
    queue.DEATHS = 10_000
    suspects.PROBATION_SECONDS = lock_ms / 2000  # type: ignore[misc]
    forsaken.LOOK_SECONDS, forsaken.QUEUED_MILLISECONDS = 0.5, 500
    collecting.PAGE, collecting.PAGES_PER_REVISION = PAGE, 1  # type: ignore[misc]


async def live(
    environment: dict[str, str],
    notes: str,
    *,
    point: str = "",
    passing: int = 1,
    death: str = "",
    lock_ms: int,
) -> None:
    """Be the product's worker until killed; `death` is where it notes that it dies at a point."""
    os.environ.update(environment)
    random.seed()
    _compress(lock_ms)
    _note_effects(Path(notes))
    if point:
        _arm(POINTS[point], passing, Path(death))
    pages = [[str(number) for number in range(1, ISSUES + 1)]]

    def source_of(*_: Any) -> Callable[..., _Site]:
        return lambda *_: _Site(pages)

    worker._source_of = source_of  # type: ignore[assignment]  # noqa: SLF001 - the site's place
    await worker.main()


async def start(
    environment: dict[str, str], names: list[str], *, point: str = "", death: str = ""
) -> None:
    """Start a sync of each connection, as the API does."""
    if point:
        _arm(POINTS[point], 1, Path(death))
    settings = Mongo(
        url=SecretStr(environment["MONGO_URL"]), database=environment["MONGO_DATABASE"]
    )
    async with (
        mongo.connect(settings) as database,
        queue.job_queue(environment["REDIS_QUEUE_URL"]) as jobs,
    ):
        for name in names:
            connection = connection_named(name)
            job_id = JobId(fresh("job"))
            wanted = Wanted(Mode.FULL)
            await JobStore(database).start(connection, wanted, job_id, system_clock())
            await jobs.put(connection.connection_id, Lane.INTERACTIVE)
