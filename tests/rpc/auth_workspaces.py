"""People in workspaces, by the service's own methods: who signs up, is invited and joins."""

from dataclasses import dataclass
from typing import Any

from jira_analytics.auth.v1 import auth_pb2, operator_pb2
from jira_analytics.auth.v1 import workspace_pb2 as pb
from jira_analytics.auth.v1.operator_pb2_grpc import OperatorServiceStub
from jira_analytics.auth.v1.workspace_pb2 import Member
from jira_analytics.auth.v1.workspace_pb2_grpc import WorkspaceServiceStub
from services.auth.domain.link import LinkKind
from services.auth.domain.mail import WINDOW_MILLISECONDS
from tests.rpc.auth_service import Auth
from tests.rpc.mail_sending import Pile, sending
from tests.rpc.mail_servers import token_in

Metadata = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody signed in to a workspace."""

    user_id: str
    workspace_id: str
    email: str
    tokens: auth_pb2.Tokens

    @property
    def bearer(self) -> Metadata:
        return bearer(self.tokens.access_token)


def bearer(access_token: str) -> Metadata:
    return (("authorization", f"Bearer {access_token}"),)


def workspaces(auth: Auth) -> Any:
    """Give the stub of the methods of workspaces."""
    return WorkspaceServiceStub(auth.channel)


async def person_of(auth: Auth, tokens: auth_pb2.Tokens) -> Person:
    me = await auth.me(tokens.access_token)
    return Person(me.id, me.workspace.id, me.email, tokens)


async def signed_up(auth: Auth, email: str, **fields: Any) -> Person:
    """Sign up, and have confirmed the address; the person owns a workspace of their own."""
    person = await person_of(auth, await auth.sign_up(email, **fields))
    confirmed = {"$set": {"verified": True}}
    await auth.database["users"].update_one({"_id": person.user_id}, confirmed)
    return person


async def invited(auth: Auth, by: Person, email: str, role: str = "MEMBER") -> str:
    """Invite somebody; gives the token of the mailed link."""
    request = pb.InviteMemberRequest(email=email, role=Member.Role.Value(role))
    await workspaces(auth).InviteMember(request, metadata=by.bearer)
    return await mailed(auth, email)


async def mailed(auth: Auth, email: str, kind: LinkKind = LinkKind.INVITE) -> str:
    """Send what waits in the outbox; gives the token of the last mail of a kind to an address.

    Where none is due it is waited for: of invitations one is mailed a minute.
    """
    for ahead in (0, WINDOW_MILLISECONDS):
        auth.clock.ahead += ahead
        pile = Pile()
        while await sending(auth.database, pile, auth.clock)():
            pass
        of_kind = [one for one in pile.letters if one.mail.kind is kind]
        letters = [one.text for one in of_kind if one.mail.email == email]
        if letters:
            return token_in(letters[-1])
    raise LookupError(f"nothing was mailed to {email}")


async def accept(auth: Auth, who: Person, token: str) -> pb.Workspace:
    request = pb.AcceptInviteRequest(token=token)
    joined: pb.Workspace = await workspaces(auth).AcceptInvite(request, metadata=who.bearer)
    return joined


async def joined(auth: Auth, by: Person, email: str, role: str = "MEMBER") -> Person:
    """Sign somebody up who joins another's workspace and is signed in there."""
    own = await signed_up(auth, email)
    await accept(auth, own, await invited(auth, by, email, role))
    return await signed_in_at(auth, own, by.workspace_id)


async def signed_in_at(auth: Auth, who: Person, workspace_id: str) -> Person:
    """Sign in to a workspace that the person belongs to."""
    at_home = bearer((await auth.log_in(who.email)).access_token)
    request = auth_pb2.SwitchWorkspaceRequest(workspace_id=workspace_id)
    return await person_of(auth, await auth.stub.SwitchWorkspace(request, metadata=at_home))


async def give(auth: Auth, by: Person, user_id: str, role: str) -> pb.Member:
    request = pb.UpdateMemberRequest(user_id=user_id, role=Member.Role.Value(role))
    member: pb.Member = await workspaces(auth).UpdateMember(request, metadata=by.bearer)
    return member


async def remove(auth: Auth, by: Person, user_id: str) -> None:
    request = pb.RemoveMemberRequest(user_id=user_id)
    await workspaces(auth).RemoveMember(request, metadata=by.bearer)


async def leave(auth: Auth, who: Person) -> None:
    await workspaces(auth).LeaveWorkspace(pb.LeaveWorkspaceRequest(), metadata=who.bearer)


async def disable(auth: Auth, who: Person, *, enable: bool = False) -> None:
    """Disable somebody, or enable them again."""
    request = operator_pb2.DisableUserRequest(user_id=who.user_id, enable=enable)
    metadata = await auth.as_service("operator")
    await OperatorServiceStub(auth.channel).DisableUser(request, metadata=metadata)


async def members(auth: Auth, by: Person, **page: Any) -> pb.ListMembersResponse:
    request = pb.ListMembersRequest(**page)
    listed: pb.ListMembersResponse = await workspaces(auth).ListMembers(request, metadata=by.bearer)
    return listed
