"""A person who is everywhere in the product: what must be gone once they are erased."""

from dataclasses import dataclass
from typing import Any

from jira_analytics.auth.v1 import auth_pb2 as pb
from jira_analytics.auth.v1 import workspace_pb2
from jira_analytics.auth.v1.workspace_pb2_grpc import WorkspaceServiceStub
from services.auth.domain.email import Email
from services.auth.domain.invite import Invite
from services.auth.store.invites import document_of_invite
from services.chassis.mongo import Database
from services.kernel.audit import Actor, event
from services.kernel.connection import ConnectionStanding, ConnectionState, Source
from services.kernel.ids import ConnectionId, UserId, WorkspaceId
from services.kernel.membership import Role
from services.sync.credentials import Vault
from services.sync.domain.selection import Selection
from services.sync.sources.jira_cloud import Credential
from services.sync.store.connections import Connection, ConnectionStore
from tests.rpc.auth_service import MASTER, Auth, refused

EMAIL = "ann.canary@example.com"
NAME = "Ann Canary the Third"
SITE = "https://site.atlassian.net"


@dataclass(frozen=True, slots=True)
class Person:
    """Their tokens, and where they are: a workspace of their own, and one of somebody else."""

    tokens: pb.Tokens
    user_id: str
    own: str
    shared: str

    @property
    def metadata(self) -> Any:
        """What their calls go out with."""
        return (("authorization", f"Bearer {self.tokens.access_token}"),)


async def everywhere(auth: Auth, *, with_key: bool = False) -> Person:
    """Make a person with sessions, a name, invitations, mails, failed sign-ins and credentials."""
    host = await auth.me((await auth.sign_up("host@example.com")).access_token)
    tokens = await auth.sign_up(EMAIL)
    me = await auth.me(tokens.access_token)
    person = Person(tokens, me.id, me.workspace.id, host.workspace.id)
    renaming = pb.UpdateMeRequest(display_name=NAME)
    await auth.stub.UpdateMe(renaming, metadata=person.metadata)
    await auth.stub.RequestPasswordReset(pb.RequestPasswordResetRequest(email=EMAIL))
    async with refused("CREDENTIALS_INVALID"):
        await auth.log_in(EMAIL, "not the password of hers")
    await _joins(auth.database, person)
    await _is_invited(auth.database, inviter_id=host.id)
    for name, workspace_id in (("own", person.own), ("shared", person.shared)):
        await _connects(auth.database, name, workspace_id)
    if with_key:
        making = workspace_pb2.CreateApiKeyRequest(
            name="robot", scopes=[workspace_pb2.ApiKey.SYNC_READ]
        )
        stub: Any = WorkspaceServiceStub(auth.channel)
        await stub.CreateApiKey(making, metadata=person.metadata)
    return person


async def _joins(database: Database, person: Person) -> None:
    await database["members"].insert_one(
        {
            "_id": f"{person.shared}:{person.user_id}",
            "workspace_id": person.shared,
            "user_id": person.user_id,
            "role": "MEMBER",
            "version": 0,
            "joined": 1,
        }
    )


async def _is_invited(database: Database, *, inviter_id: str) -> None:
    elsewhere = WorkspaceId("wsp_elsewhere")
    invite = Invite("inv_1", elsewhere, Email(EMAIL), Role.VIEWER, inviter_id, 4_000_000_000_000)
    await database["invites"].insert_one(document_of_invite(invite))


async def _connects(database: Database, name: str, workspace_id: str) -> None:
    """Keep a connection with her credential, and an issue that was collected through it."""
    state = ConnectionState(
        ConnectionId(f"con_{name}"),
        WorkspaceId(workspace_id),
        name,
        Source.JIRA_CLOUD,
        SITE,
        ConnectionStanding.ACTIVE,
    )
    sealed = Vault([MASTER]).seal(Credential(email=EMAIL, api_token="t"), state.scope, SITE)
    made = event(Actor(UserId("usr_host"), WorkspaceId(workspace_id)), "connection.create", now=1)
    await ConnectionStore(database).add(Connection(state, EMAIL, sealed, Selection(), 1), made)
    await database["issues"].insert_one(
        {"_id": f"con_{name}:1", "connection_id": f"con_{name}", "workspace_id": workspace_id}
    )


async def lets_go(auth: Auth, person: Person) -> None:
    """Delete the account, and let its grace be over."""
    await auth.stub.DeleteAccount(pb.DeleteAccountRequest(), metadata=person.metadata)
    over = {"$set": {"erased_from": auth.clock() - 1}}
    await auth.database["users"].update_one({"_id": person.user_id}, over)


async def everything_said(database: Database) -> str:
    """Write out every document of every collection."""
    said = []
    for name in sorted(await database.list_collection_names()):
        said += [f"{name}: {document}" async for document in database[name].find({})]
    return "\n".join(said)
