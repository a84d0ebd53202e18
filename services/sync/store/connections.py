"""Connections and what belongs to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pymongo.errors import DuplicateKeyError

from services.chassis.mongo import Database, Document, Session, in_transaction, store_call
from services.kernel.audit import AuditEvent
from services.kernel.connection import ConnectionState
from services.kernel.documents import CONNECTION_STATES, document_of_state, state_of_document
from services.kernel.errors import ConnectionNameTaken
from services.kernel.ids import ConnectionId, Instant, TenantScope, WorkspaceId
from services.sync.domain.fields import NO_FIELDS, FieldSet
from services.sync.domain.selection import Selection
from services.sync.domain.unshown import NOTHING_UNSEEN, Unseen
from services.sync.store.crediting import write_credential
from services.sync.store.database import CONNECTION_NAMES, CONNECTIONS, PURGES
from services.sync.store.known import known_of
from services.sync.store.outbox import note_events
from services.sync.store.selecting import write_selection
from services.sync.store.stops import MENDED


@dataclass(frozen=True, slots=True)
class Connection:
    """A connection as sync keeps it; `sealed` is its encrypted credential.

    `cursor` is where the next DELTA begins: None until a FULL has succeeded. `unseen`: projects of
    the selection of which not everything was seen.
    """

    state: ConnectionState
    email: str
    sealed: bytes
    selection: Selection
    created: Instant
    last_synced: Instant | None = None
    cursor: Instant | None = None
    statuses_read: Instant | None = None
    fields: FieldSet = NO_FIELDS
    fields_read: Instant | None = None
    unseen: Unseen = NOTHING_UNSEEN
    digested: Instant | None = None

    @property
    def connection_id(self) -> ConnectionId:
        """The connection's id."""
        return self.state.connection_id

    @property
    def scope(self) -> TenantScope:
        """The scope in which its issues may be touched."""
        return self.state.scope


def _name_key(workspace_id: WorkspaceId, name: str) -> str:
    return f"{workspace_id}/{name}"


def connection_of(own: Mapping[str, Any], state: Mapping[str, Any]) -> Connection:
    """Put together a connection from its two documents."""
    return Connection(
        state=state_of_document(state),
        email=own["email"],
        sealed=own["sealed"],
        selection=Selection(tuple(own["projects"]), own.get("jql", "")),
        created=own["created"],
        last_synced=own["last_synced"],
        cursor=own["cursor"],
        **known_of(own),
    )


class ConnectionStore:
    """Keeps connections in three collections that change together.

    A name is unique because it is an `_id`: a cluster sharded by hashed `_id` can hold no other
    unique index.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @store_call
    async def add(self, connection: Connection, *events: AuditEvent) -> None:
        """Add a connection; ConnectionNameTaken where the workspace has one of that name."""
        state = connection.state

        async def work(session: Session) -> None:
            await self._database[CONNECTION_NAMES].insert_one(
                {"_id": _name_key(state.workspace_id, state.name), "is": state.connection_id},
                session=session,
            )
            await self._database[CONNECTION_STATES].insert_one(
                document_of_state(state), session=session
            )
            await self._database[CONNECTIONS].insert_one(_own_document(connection), session=session)
            await note_events(self._database, events, session)

        try:
            await in_transaction(self._database, work)
        except DuplicateKeyError as taken:
            raise ConnectionNameTaken(state.name) from taken

    @store_call
    async def find(self, workspace_id: WorkspaceId, reference: str) -> Connection | None:
        """Find a workspace's connection by its id or its name."""
        field = "_id" if reference.startswith("con_") else "name"
        own = await self._database[CONNECTIONS].find_one(
            {field: reference, "workspace_id": workspace_id}
        )
        return await self._with_state(own)

    @store_call
    async def get(self, connection_id: ConnectionId) -> Connection | None:
        """Find a connection for a worker, which acts for whatever workspace it belongs to."""
        return await self._with_state(
            await self._database[CONNECTIONS].find_one({"_id": connection_id})
        )

    async def _with_state(self, own: Document | None) -> Connection | None:
        if own is None:
            return None
        state = await self._database[CONNECTION_STATES].find_one({"_id": own["_id"]})
        return None if state is None else connection_of(own, state)

    @store_call
    async def page(
        self, workspace_id: WorkspaceId, *, after_name: str, size: int
    ) -> Sequence[Connection]:
        """List a workspace's connections by name, from the one after `after_name`."""
        query = {"workspace_id": workspace_id, "name": {"$gt": after_name}}
        own = await self._database[CONNECTIONS].find(query).sort("name", 1).limit(size).to_list()
        ids = [document["_id"] for document in own]
        states = {
            state["_id"]: state
            async for state in self._database[CONNECTION_STATES].find({"_id": {"$in": ids}})
        }
        return [
            connection_of(document, states[document["_id"]])
            for document in own
            if document["_id"] in states
        ]

    @store_call
    async def rename(self, connection: Connection, name: str, *events: AuditEvent) -> None:
        """Give a connection another name; ConnectionNameTaken where it is taken."""
        state = connection.state

        async def work(session: Session) -> None:
            names = self._database[CONNECTION_NAMES]
            present = await self._present_name(session, state.connection_id)
            if present in (None, name):
                return
            await names.insert_one(
                {"_id": _name_key(state.workspace_id, name), "is": state.connection_id},
                session=session,
            )
            await names.delete_one({"_id": _name_key(state.workspace_id, present)}, session=session)
            for collection in (CONNECTIONS, CONNECTION_STATES):
                await self._database[collection].update_one(
                    {"_id": state.connection_id}, {"$set": {"name": name}}, session=session
                )
            await note_events(self._database, events, session)

        try:
            await in_transaction(self._database, work)
        except DuplicateKeyError as taken:
            raise ConnectionNameTaken(name) from taken

    async def _present_name(self, session: Session, connection_id: ConnectionId) -> str | None:
        """Tell a connection's name as it is now: another rename or a deletion may have come."""
        own = await self._database[CONNECTIONS].find_one({"_id": connection_id}, session=session)
        return None if own is None else str(own["name"])

    @store_call
    async def give_credential(
        self, connection: Connection, email: str, sealed: bytes, *events: AuditEvent
    ) -> None:
        """Give a connection another credential, with which it can be synced again."""

        async def work(session: Session) -> None:
            there = connection.connection_id
            if await write_credential(self._database, session, there, email=email, sealed=sealed):
                await note_events(self._database, events, session)

        await in_transaction(self._database, work)

    @store_call
    async def select(
        self, connection: Connection, selection: Selection, now: Instant, *events: AuditEvent
    ) -> None:
        """Have something else of the site collected: all of it, from the beginning."""

        async def work(session: Session) -> None:
            there = connection.connection_id
            if await write_selection(self._database, session, there, selection, now=now):
                await note_events(self._database, events, session)

        await in_transaction(self._database, work)

    @store_call
    async def forget(self, connection: Connection, *events: AuditEvent) -> None:
        """Take a connection out of sight and end its runs; what is left is for RemainsStore."""
        state = connection.state

        async def work(session: Session) -> None:
            name = await self._present_name(session, state.connection_id)
            left, of = {"_id": state.connection_id}, {"workspace_id": state.workspace_id}
            await self._database[PURGES].replace_one(left, of, upsert=True, session=session)
            for collection in (CONNECTION_STATES, CONNECTIONS):
                await self._database[collection].delete_one(
                    {"_id": state.connection_id}, session=session
                )
            if name is not None:
                await self._database[CONNECTION_NAMES].delete_one(
                    {"_id": _name_key(state.workspace_id, name)}, session=session
                )
                await note_events(self._database, events, session)

        await in_transaction(self._database, work)


def _own_document(connection: Connection) -> Document:
    return {
        "_id": connection.connection_id,
        "workspace_id": connection.state.workspace_id,
        "name": connection.state.name,
        "email": connection.email,
        "sealed": connection.sealed,
        "projects": list(connection.selection.projects),
        "jql": connection.selection.jql,
        "created": connection.created,
        "last_synced": connection.last_synced,
        "cursor": connection.cursor,
        "active_job": None,
        "next_job": None,
        **MENDED,
    }
