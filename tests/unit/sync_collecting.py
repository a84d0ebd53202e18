"""A site made by hand and a collector over stores in memory."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.kernel.ids import ConnectionId, IssueId, TenantScope, WorkspaceId
from services.kernel.sync_job import Mode, SyncJob
from services.sync.domain.lanes import Lane
from services.sync.domain.ledger import Found
from services.sync.hooks.refreshing import Refreshing
from services.sync.patience import Patience
from services.sync.ports import Around
from services.sync.runs import Collector
from services.sync.sources.answers import PageRefused
from services.sync.store.connections import Connection
from tests.contract.run_store import NOW, connection_named, job_of
from tests.fakes.holds_in_memory import HoldsInMemory, MarksInMemory
from tests.fakes.nobody import Nobody, NoLists

CREATED = "2023-01-01T00:00:00.000+0000"


def raw(issue_id: str, *, updated: str = CREATED, **fields: Any) -> dict[str, Any]:
    """Make an issue as a site sends it."""
    return {
        "id": issue_id,
        "key": f"AB-{issue_id}",
        "fields": {
            "project": {"id": "100", "key": "AB"},
            "issuetype": {"id": "7", "name": "Bug", "subtask": False, "hierarchyLevel": 0},
            "status": {"id": "1", "name": "To Do"},
            "assignee": None,
            "created": CREATED,
            "updated": updated,
            "resolutiondate": None,
            **fields,
        },
    }


@dataclass
class HandMadeSite:
    """A site; what stands in `raising` is raised by the call of that name, once each time."""

    sweeps: list[list[str]] = field(default_factory=lambda: [["1", "2"]])
    raising: dict[str, list[Exception]] = field(default_factory=dict)
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    listed: list[dict[str, Any]] = field(
        default_factory=lambda: [{"id": "1", "name": "To Do", "statusCategory": {"key": "new"}}]
    )
    own_fields: list[dict[str, Any]] = field(default_factory=list)
    estimates: set[str] | None = field(default_factory=set)
    unshown: set[str] = field(default_factory=set)  # projects that it does not show
    totals: dict[str, int] = field(default_factory=dict)  # rows of changelogs, as it says
    paged_lists: dict[str, list[dict[str, Any]]] = field(default_factory=dict)  # by path
    guess: int | None = None
    histories: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    silent: bool = False
    also: tuple[str, ...] = ()  # fields of its own that were asked for last
    late: int = 0  # milliseconds by which its clock is behind
    elsewhere: set[str] = field(default_factory=set)  # not what is asked for any more
    gone: set[str] = field(default_factory=set)  # not given by their ids
    reached: asyncio.Event = field(default_factory=asyncio.Event)  # issues were asked for
    meanwhile: Callable[[], Awaitable[object]] | None = None  # happens while issues are read
    failing_after: tuple[int, Exception] | None = None  # so many answers of issues, then this
    asked: list[Any] = field(default_factory=list)

    async def _ask(self, name: str, what: object = None) -> None:
        self.asked.append((name, what))
        if name == "issues":
            self.reached.set()
            if self.meanwhile is not None:
                await self.meanwhile()
        if self.raising.get(name):
            raise self.raising[name].pop(0)
        if self.failing_after is not None and name == "issues":
            left, error = self.failing_after
            if not left:
                raise error
            self.failing_after = (left - 1, error)
        if self.silent and name == "issues":
            await asyncio.Event().wait()

    @property
    def behind(self) -> int:
        """How far the site's clock is behind."""
        return self.late

    async def statuses(self) -> list[dict[str, Any]]:
        """Read the statuses."""
        await self._ask("statuses")
        return self.listed

    async def sweep(self, question: str, *, dated: bool = False) -> AsyncIterator[list[Found]]:
        """List ids, and with when they were last changed where that is asked for."""
        if any(f'"{key}"' in question for key in self.unshown):
            await self._ask("refused", question)
            raise PageRefused("the site answered HTTP 400")
        for ids in self.sweeps:
            await self._ask("sweep", question)
            yield [Found(IssueId(each), self._updated(each) if dated else None) for each in ids]

    def _updated(self, issue_id: str) -> str:
        return str(self.rows.get(issue_id, raw(issue_id))["fields"]["updated"])

    async def taken(self, questions: Sequence[str]) -> list[bool]:
        """Tell which questions are taken: those that name no project that is not shown."""
        await self._ask("taken", tuple(questions))
        return [not any(f'"{key}"' in question for key in self.unshown) for question in questions]

    async def history_total(self, issue_id: IssueId) -> int | None:
        """Tell how many rows an issue's changelog has."""
        await self._ask("history_total", issue_id)
        return None if issue_id in self.gone else self.totals.get(issue_id, 0)

    async def estimate(self, question: str) -> int | None:
        """Guess how many issues a question finds."""
        await self._ask("estimate", question)
        return self.guess

    async def oldest(self, question: str) -> int | None:
        """Tell when the first issue was made."""
        await self._ask("oldest", question)
        return 0

    async def matching(self, question: str, ids: Sequence[IssueId]) -> set[IssueId]:
        """Tell which issues match: those that are not elsewhere; refused as a sweep is."""
        await self._ask("matching", question)
        if any(f'"{key}"' in question for key in self.unshown):
            raise PageRefused("the site cannot read the question")
        return {each for each in ids if each not in self.elsewhere}

    async def fields(self) -> list[dict[str, Any]]:
        """Read the fields."""
        await self._ask("fields")
        return self.own_fields

    async def estimating(self) -> set[str] | None:
        """Tell what boards estimate with."""
        await self._ask("estimating")
        return self.estimates

    async def accounts(self, ids: Sequence[str]) -> list[dict[str, Any]] | None:
        """Read accounts: it has none."""
        await self._ask("accounts", tuple(ids))
        return []

    async def paged(self, path: str, most: int) -> list[dict[str, Any]] | None:
        """Read a list: it shows few."""
        return self.paged_lists.get(path)

    async def issues(self, ids: Sequence[str], also: Sequence[str] = ()) -> list[dict[str, Any]]:
        """Read issues."""
        self.also = tuple(also)
        await self._ask("issues", tuple(ids))
        there = [issue_id for issue_id in ids if issue_id not in self.gone]
        return [self.rows.get(issue_id, raw(issue_id)) for issue_id in there]

    async def changelogs(self, ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
        """Read changelogs."""
        await self._ask("changelogs", tuple(ids))
        return {each: self.histories[each] for each in ids if each in self.histories}


@dataclass
class Heard:
    """What was announced and what was put into the queue."""

    told: int = 0  # how often it was announced that data moved
    put_in: list[ConnectionId] = field(default_factory=list)
    raising: list[Exception] = field(default_factory=list)

    async def moved(self, scope: TenantScope) -> None:
        """Hear that data moved."""
        self.told += 1

    async def put(self, connection_id: ConnectionId, lane: Lane, workspace_id: WorkspaceId) -> None:
        """Hear that a connection is to be queued."""
        if self.raising:
            raise self.raising.pop(0)
        self.put_in.append(connection_id)


@dataclass
class Bench:
    """A collector with all that is around it."""

    site: HandMadeSite = field(default_factory=HandMadeSite)
    runs: HoldsInMemory = field(default_factory=HoldsInMemory)
    marks: MarksInMemory = field(default_factory=MarksInMemory)
    heard: Heard = field(default_factory=Heard)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    connection: Connection = field(default_factory=lambda: connection_named("1"))
    opening: list[Exception] = field(default_factory=list)
    now: int = NOW

    @property
    def collector(self) -> Collector:
        """Give a collector."""
        patience = Patience(self.stopping, self.runs)
        around = Around(
            self.runs, self.runs, Nobody(), NoLists(), self.heard, patience, lambda: self.now
        )
        refresh = Refreshing(around, self.marks, self.runs, self._open)
        return Collector(around, self._open, self.heard, refresh)

    def _open(self, *_: object) -> HandMadeSite:
        if self.opening:
            raise self.opening.pop(0)
        return self.site

    async def job(self, mode: Mode = Mode.FULL, **values: Any) -> SyncJob:
        """Add the connection with a job."""
        job = job_of(self.connection, "1", mode, **values)
        await self.runs.add(self.connection, job)
        return job

    async def work(self, attempt: int = 1) -> None:
        """Work at the job."""
        await self.collector.work(self.connection.connection_id, attempt)
