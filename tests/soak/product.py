"""The product's own parts, over real stores and real HTTP, by a clock that a world moves."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from cryptography.fernet import Fernet
from pydantic import SecretStr

from services.chassis import mongo, redis
from services.chassis.clock import Clock, system_clock
from services.chassis.settings import Mongo
from services.kernel.connection import ConnectionStanding, ConnectionState, Source
from services.kernel.documents import ISSUES
from services.kernel.ids import ConnectionId, TenantScope, WorkspaceId
from services.kernel.sync_job import JobState
from services.sync.budget.allowances import Budget
from services.sync.budget.buckets import Payer
from services.sync.credentials import Vault
from services.sync.domain.lanes import Lane
from services.sync.domain.selection import Selection
from services.sync.domain.site import site_of
from services.sync.forsaken import Forsaken
from services.sync.hooks.checking import Signatures
from services.sync.hooks.looking import LeftAlone
from services.sync.hooks.marks import Marks
from services.sync.hooks.receiving import Receiving
from services.sync.hooks.refreshing import Refreshing
from services.sync.jobs import Jobs
from services.sync.patience import Patience
from services.sync.ports import Around
from services.sync.runs import Collector
from services.sync.scheduling import Scheduling
from services.sync.sources.jira_cloud import Credential, JiraCloud
from services.sync.sources.sites import Sites
from services.sync.sources.transport import site_sessions
from services.sync.store.accounts import AccountStore
from services.sync.store.connections import Connection, ConnectionStore
from services.sync.store.database import JOBS, QUARANTINE, make_indexes
from services.sync.store.holds import HoldStore
from services.sync.store.jobs import JobStore
from services.sync.store.remains import RemainsStore
from services.sync.store.runs import RunStore
from services.sync.store.schedules import ScheduleStore
from services.sync.store.site_lists import SiteListStore
from services.sync.store.vanished import VanishedStore
from tests.soak.fate import Fate, mortal
from tests.soak.plan import Plan
from tests.soak.post import SECRET
from tests.soak.purse import budget
from twin.clock import Past
from twin.site import ACCEPTED_TOKEN

WORKSPACE: Final = WorkspaceId("wsp_soak")
EMAIL: Final = "ann@example.com"
REDIS_SECONDS: Final = 5.0
VAULT: Final = Vault([Fernet.generate_key().decode()])


@dataclass(frozen=True, slots=True)
class Stores:
    """Where the stores are; of the queue's, a database that no other world uses at once."""

    mongo_url: str
    queue_url: str


class Silent:
    """Tells nobody that data moved: readers of a world look by themselves."""

    async def moved(self, scope: TenantScope) -> None:
        """Say nothing."""


@dataclass(slots=True)
class InLine:
    """The queue, by its rules: of a connection at most one is in it; a put meanwhile follows.

    BullMQ keeps time by itself, which a world's clock cannot hurry: it is proved elsewhere.
    """

    waiting: bool = False

    async def put(self, connection_id: ConnectionId, *_: object) -> None:
        """Put the connection into the queue."""
        self.waiting = True


class Later:
    """A clock that is a minute later whenever it is asked: marks are dated by Redis' own."""

    def __init__(self) -> None:
        self._asked = 0

    def __call__(self) -> int:
        """Give the time, and some."""
        self._asked += 1
        return system_clock() + self._asked * 60_000


class _Known:
    """Knows the secret that the world's webhooks are signed with."""

    async def good(self, connection_id: ConnectionId) -> Sequence[str]:
        """Give it."""
        return [SECRET]


class _Named:
    """Finds the world's connection."""

    def __init__(self, store: ConnectionStore) -> None:
        self._store = store

    async def named(self, workspace_id: WorkspaceId, reference: str) -> Connection:
        """Find it."""
        found = await self._store.find(workspace_id, reference)
        if found is None:
            raise LookupError(reference)
        return found


@dataclass(slots=True)
class Product:
    """The parts, wired as the worker's and the API's processes do it."""

    database: mongo.Database
    clock: Clock
    sites: Sites
    origin: str
    connection_id: ConnectionId
    marks: Marks
    budget: Budget
    queue: InLine = field(default_factory=InLine)
    jobs: Jobs = field(init=False)
    intake: Receiving = field(init=False)
    scheduling: Scheduling = field(init=False)
    forsaken: Forsaken = field(init=False)
    connections: ConnectionStore = field(init=False)

    def __post_init__(self) -> None:
        self.connections = ConnectionStore(self.database)
        store = JobStore(self.database)
        self.jobs = Jobs(store, _Named(self.connections), self.queue, self.clock)
        self.scheduling = Scheduling(ScheduleStore(self.database), self.queue, self.clock)
        holds = HoldStore(self.database)
        alone = LeftAlone(self.marks, holds, self.queue, Later())
        remains = RemainsStore(self.database)
        self.forsaken = Forsaken(store, remains, alone, queue=self.queue, clock=self.clock)
        signatures = Signatures(_Known(), self.clock)
        self.intake = Receiving(signatures, self.marks, self.queue, self.clock)

    def collector(self, fate: Fate, stopping: asyncio.Event) -> Collector:
        """Start a worker of this fate."""
        runs = mortal(RunStore(self.database), fate)
        vanished = mortal(VanishedStore(self.database), fate)
        # What a run looks up meanwhile goes by a clock of its own: it is no moment of the worker.
        # By the world's clock, or a seed would not give the same again.
        patience = Patience(stopping, RunStore(self.database), lambda: self.clock() / 1000)
        accounts = mortal(AccountStore(self.database), fate)
        lists = mortal(SiteListStore(self.database), fate)
        around = Around(runs, vanished, accounts, lists, Silent(), patience, self.clock)
        marks, holds = mortal(self.marks, fate), mortal(HoldStore(self.database), fate)
        refreshing = Refreshing(around, marks, holds, partial(self._source_of, Lane.REFRESH))
        return Collector(around, self._source_of, self.queue, refreshing)

    def _source_of(self, lane: Lane, connection: Connection) -> JiraCloud:
        credential = VAULT.open(connection.sealed, connection.scope, self.origin)
        site = site_of(self.origin, registered=[self.origin])
        return self.sites.at(site, credential, self.budget.of(site.origin, Payer(WORKSPACE, lane)))

    async def connect(self, selection: Selection) -> None:
        """Connect the site."""
        state = ConnectionState(
            connection_id=self.connection_id,
            workspace_id=WORKSPACE,
            name="site",
            source=Source.JIRA_CLOUD,
            site_url=self.origin,
            standing=ConnectionStanding.NEW,
        )
        sealed = self._sealed(state.scope)
        made = Connection(state, EMAIL, sealed, selection, created=self.clock())
        await self.connections.add(made)

    async def collect(self, selection: Selection) -> None:
        """Have something else of the site collected."""
        await self.connections.select(await self.connection(), selection, self.clock())

    async def connection(self) -> Connection:
        """Give the connection as it is now."""
        found = await self.connections.get(self.connection_id)
        assert found is not None, "the connection is gone"
        return found

    async def set_aside(self) -> set[str]:
        """Give the ids of the issues that are set aside."""
        return {one["issue_id"] async for one in self.database[QUARANTINE].find({})}

    async def unanswered(self) -> set[str]:
        """Give those of which the site gave nothing: it is said that nobody knows of them."""
        found = self.database[QUARANTINE].find({"updated": None})
        return {one["issue_id"] async for one in found}

    async def stored(self) -> set[str]:
        """Give the ids of the issues that are stored, and were not seen deleted."""
        return {one["issue_id"] async for one in self.database[ISSUES].find({"deleted": None})}

    async def in_slices(self) -> bool:
        """Tell whether a sweep in slices is under way."""
        found = await self.database[JOBS].find({"state": JobState.RUNNING.value}).to_list()
        return any(len(one.get("slices", ())) > 1 and not one["swept"] for one in found)

    async def sign_in_again(self) -> None:
        """Give the connection a credential, as its owner does when it was refused."""
        connection = await self.connection()
        sealed = self._sealed(connection.scope)
        await self.connections.give_credential(connection, EMAIL, sealed)

    def _sealed(self, scope: TenantScope) -> bytes:
        return VAULT.seal(Credential(EMAIL, ACCEPTED_TOKEN), scope, self.origin)


@asynccontextmanager
async def product(stores: Stores, plan: Plan, *, origin: str, time: Past) -> AsyncIterator[Product]:
    """Build the parts over a database of their own, which is dropped at the end."""
    name = f"soak_{plan.seed}"
    settings = Mongo(url=SecretStr(stores.mongo_url), database=name)
    async with (
        mongo.connect(settings) as database,
        site_sessions() as sessions,
        redis.connect(SecretStr(stores.queue_url), timeout_seconds=REDIS_SECONDS) as queue,
    ):
        await queue.flushdb()
        await database.client.drop_database(name)
        await make_indexes(database)
        connection_id = ConnectionId(f"con_{plan.seed}")
        yield Product(
            database=database,
            clock=time,
            sites=Sites(sessions, time),
            origin=origin,
            connection_id=connection_id,
            marks=Marks(queue),
            budget=budget(queue, time, away=plan.uncounted),
        )
        await database.client.drop_database(name)
