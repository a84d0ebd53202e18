"""The things that requests name: made afresh, in whichever workspace they are wanted."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from jira_analytics.auth.v1 import workspace_pb2
from services.chassis.clock import system_clock
from services.kernel.documents import CONNECTION_STATES
from services.kernel.membership import Role
from tests.rpc.tenant_callers import Caller
from tests.rpc.tenant_rows import PASSWORD, Kind, new_site
from tests.rpc.tenant_world import Person, World, bearer

Make = Callable[[World, Person], Awaitable[str]]
ABSENT: Final = "0" * 30
MALFORMED: Final = ('{"$gt": ""}', "*", "../con_1", "x" * 64, "con_", "\x00")


async def connection(world: World, owner: Person) -> str:
    """Connect the site, and let it be synced."""
    values = new_site(world.site.origin, next(world.numbers))
    made = await world.ask("sync.v1.ConnectionService.CreateConnection", owner.shows, **values)
    known = {"standing": "ACTIVE", "revision": 1, "complete_until": system_clock()}
    await world.database[CONNECTION_STATES].update_one({"_id": made.id}, {"$set": known})
    return str(made.id)


async def job(world: World, owner: Person) -> str:
    """Start a sync."""
    connection_id = await connection(world, owner)
    started = await world.ask(
        "sync.v1.SyncService.StartSync", owner.shows, connection_id=connection_id
    )
    return str(started.id)


async def session(world: World, owner: Person) -> str:
    """Sign its owner in once more."""
    again = await world.auth.log_in(owner.email, PASSWORD)
    listed = await world.ask("auth.v1.AuthService.ListSessions", bearer(again.access_token))
    return str(next(one.id for one in listed.sessions if one.current))


async def member(world: World, owner: Person) -> str:
    """Let somebody join."""
    return (await world.member(owner.workspace_id, Role.VIEWER)).user_id


async def invite(world: World, owner: Person) -> str:
    """Invite somebody."""
    made = await world.ask(
        "auth.v1.WorkspaceService.InviteMember",
        owner.shows,
        email=f"guest-{next(world.numbers)}@example.com",
        role=workspace_pb2.Member.VIEWER,
    )
    return str(made.id)


async def api_key(world: World, owner: Person) -> str:
    """Make a key for a machine."""
    made = await world.ask(
        "auth.v1.WorkspaceService.CreateApiKey",
        owner.shows,
        name="machine",
        scopes=[workspace_pb2.ApiKey.SYNC_READ],
    )
    return str(made.id)


async def workspace(_world: World, owner: Person) -> str:
    """Name the workspace itself."""
    return owner.workspace_id


MAKE: Final[Mapping[Kind, Make]] = {
    Kind.CONNECTION: connection,
    Kind.JOB: job,
    Kind.SESSION: session,
    Kind.MEMBER: member,
    Kind.INVITE: invite,
    Kind.API_KEY: api_key,
    Kind.WORKSPACE: workspace,
}


async def own(world: World, kind: Kind, owner: Person, calling: Caller) -> str:
    """Make what a caller of the owner's workspace may name; a session is the caller's own."""
    if kind is Kind.SESSION:
        shown = dict(calling.shows)["authorization"].removeprefix("Bearer ")
        mine = (await world.auth.me(shown)).email
        return await session(world, Person(calling.user_id, mine, "", calling.shows))
    return await MAKE[kind](world, owner)
