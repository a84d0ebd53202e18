"""Workspaces on the running service: what they are called, and what tokens say of them."""

from collections.abc import AsyncIterator

import pytest

from jira_analytics.auth.v1 import workspace_pb2 as pb
from jira_analytics.auth.v1.workspace_pb2 import Workspace
from tests.rpc.auth_service import Auth, auth_service, refused
from tests.rpc.auth_workspaces import signed_up, workspaces


@pytest.fixture
async def auth(mongo_url: str, mongo_database: str) -> AsyncIterator[Auth]:
    async with auth_service(mongo_url, mongo_database) as running:
        yield running


async def test_a_workspace_tells_where_its_data_stays(auth: Auth) -> None:
    """The region that SignUp chose is in the workspace, and no update reaches it."""
    owner = await signed_up(auth, "a@example.com", time_zone="Asia/Tokyo")
    calls = workspaces(auth)
    kept = await calls.GetWorkspace(pb.GetWorkspaceRequest(), metadata=owner.bearer)
    assert (kept.name, kept.time_zone, kept.region) == ("Acme", "Asia/Tokyo", Workspace.EU)
    assert (kept.id, kept.tier) == (owner.workspace_id, Workspace.FREE)


async def test_a_changed_time_zone_ends_tokens_that_say_another(auth: Auth) -> None:
    """The name changes without a word to tokens; of the zone the next token says."""
    owner = await signed_up(auth, "a@example.com")
    calls = workspaces(auth)
    renamed = await calls.UpdateWorkspace(
        pb.UpdateWorkspaceRequest(name=" Acme GmbH "), metadata=owner.bearer
    )
    assert (renamed.name, renamed.time_zone) == ("Acme GmbH", "UTC")
    moved = await calls.UpdateWorkspace(
        pb.UpdateWorkspaceRequest(time_zone="Europe/Berlin"), metadata=owner.bearer
    )
    assert (moved.name, moved.time_zone) == ("Acme GmbH", "Europe/Berlin")
    async with refused("TOKEN_STALE"):
        await auth.me(owner.tokens.access_token)
    again = await auth.refresh(owner.tokens.refresh_token)
    assert (await auth.me(again.access_token)).workspace.time_zone == "Europe/Berlin"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"time_zone": ""}, "time_zone"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
    ],
)
async def test_a_workspace_takes_no_wrong_value(
    auth: Auth, changes: dict[str, str], field: str
) -> None:
    """A name is 1 to 100 characters, a zone one of IANA's; what is refused changes nothing."""
    owner = await signed_up(auth, "a@example.com")
    request = pb.UpdateWorkspaceRequest(**changes)
    async with refused("INVALID_FIELD") as seen:
        await workspaces(auth).UpdateWorkspace(request, metadata=owner.bearer)
    assert seen[0].metadata == {"field": field}


async def test_no_call_is_answered_without_a_token(auth: Auth) -> None:
    """Each of these methods wants a token."""
    for name in ("GetWorkspace", "UpdateWorkspace", "ListMembers", "LeaveWorkspace"):
        request = getattr(pb, f"{name}Request")()
        async with refused("TOKEN_INVALID"):
            await getattr(workspaces(auth), name)(request)
