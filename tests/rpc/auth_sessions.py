"""What tests do with people's sessions over the wire."""

from typing import Any

from jira_analytics.auth.v1 import auth_pb2 as pb
from tests.rpc.auth_service import Auth


def by(tokens: pb.Tokens, **metadata: str) -> Any:
    more = [(name.replace("_", "-"), value) for name, value in metadata.items()]
    return (("authorization", f"Bearer {tokens.access_token}"), *more)


async def sessions(auth: Auth, tokens: pb.Tokens, **page: Any) -> pb.ListSessionsResponse:
    request = pb.ListSessionsRequest(**page)
    listed: pb.ListSessionsResponse = await auth.stub.ListSessions(request, metadata=by(tokens))
    return listed


async def workspace(auth: Auth, tokens: pb.Tokens) -> str:
    return (await auth.me(tokens.access_token)).workspace.id


async def join(auth: Auth, joining: pb.Tokens, to: pb.Tokens) -> None:
    """Make somebody a viewer of another's workspace."""
    workspace_id, user_id = await workspace(auth, to), (await auth.me(joining.access_token)).id
    await auth.database["members"].insert_one(
        {
            "_id": f"{workspace_id}:{user_id}",
            "workspace_id": workspace_id,
            "user_id": user_id,
            "role": "VIEWER",
            "version": 0,
            "joined": auth.clock(),
        }
    )


async def switch(auth: Auth, tokens: pb.Tokens, workspace_id: str) -> pb.Tokens:
    request = pb.SwitchWorkspaceRequest(workspace_id=workspace_id)
    switched: pb.Tokens = await auth.stub.SwitchWorkspace(request, metadata=by(tokens))
    return switched
