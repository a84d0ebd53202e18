"""People, sessions, invitations, keys and events as the product gives them, for the client."""

from datetime import UTC, datetime, timedelta
from typing import Any

from jira_analytics.auth.v1 import auth_pb2
from jira_analytics.auth.v1 import workspace_pb2 as pb
from tests.unit.client_examples import at

NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
DAY = timedelta(days=1)
EMAIL = "ada@example.com"
SECRET = "jak_0123_the_whole_secret"


def answers() -> dict[str, Any]:
    """Make an answer for every method about accounts and workspaces that gives one."""
    return {
        "GetMe": me(),
        "UpdateMe": me(),
        "GetWorkspace": workspace(),
        "UpdateWorkspace": workspace(),
        "ListSessions": sessions(),
        "ListMembers": members(),
        "UpdateMember": members().members[1],
        "InviteMember": invites().invites[0],
        "ListInvites": invites(),
        "AcceptInvite": pb.Workspace(id="wsp_2", name="Globex"),
        "ListApiKeys": api_keys(),
        "CreateApiKey": api_key("nightly", secret=SECRET),
        "ListAuditEvents": pb.ListAuditEventsResponse(audit_events=events(3)),
    }


def workspace() -> pb.Workspace:
    """Make the workspace that the token is for."""
    return pb.Workspace(
        id="wsp_1",
        name="Acme",
        time_zone="Europe/Berlin",
        tier=pb.Workspace.FREE,
        region=pb.Workspace.EU,
    )


def me() -> auth_pb2.Me:
    """Make a person in three workspaces, two of which are called alike."""
    memberships = [("wsp_1", "Acme"), ("wsp_2", "Globex"), ("wsp_3", "globex")]
    return auth_pb2.Me(
        id="usr_1",
        email=EMAIL,
        display_name="Ada",
        role=pb.Member.OWNER,
        workspace=workspace(),
        memberships=[
            auth_pb2.WorkspaceMembership(
                workspace_id=workspace_id, workspace_name=name, role=pb.Member.ADMIN
            )
            for workspace_id, name in memberships
        ],
    )


def sessions() -> auth_pb2.ListSessionsResponse:
    """Make two sessions, of which the first is the caller's."""
    return auth_pb2.ListSessionsResponse(
        sessions=[
            auth_pb2.Session(
                id=f"ses_{number}",
                workspace_id="wsp_1",
                device="jira-analytics",
                address_prefix="192.0.2.0/24",
                create_time=at(NOW - DAY),
                last_use_time=at(NOW - number * DAY),
                expire_time=at(NOW + 6 * DAY),
                current=number == 1,
            )
            for number in (1, 2)
        ]
    )


def members() -> pb.ListMembersResponse:
    """Make an owner and a viewer."""
    roles = {"ada@example.com": pb.Member.OWNER, "eve@example.com": pb.Member.VIEWER}
    return pb.ListMembersResponse(
        members=[
            pb.Member(user_id=f"usr_{number}", email=email, role=role, create_time=at(NOW))
            for number, (email, role) in enumerate(roles.items(), start=1)
        ]
    )


def invites() -> pb.ListInvitesResponse:
    """Make one invitation."""
    made = pb.Invite(
        id="inv_1",
        email="bob@example.com",
        role=pb.Member.MEMBER,
        inviter_id="usr_1",
        expire_time=at(NOW + 7 * DAY),
    )
    return pb.ListInvitesResponse(invites=[made])


def api_key(name: str, *, number: int = 1, secret: str = "") -> pb.ApiKey:
    """Make a key that expires and was never used."""
    return pb.ApiKey(
        id=f"key_{number}",
        name=name,
        prefix="jak_0123",
        secret=secret,
        scopes=[pb.ApiKey.ANALYTICS_READ, pb.ApiKey.SYNC_WRITE],
        expire_time=at(NOW + 90 * DAY),
    )


def api_keys() -> pb.ListApiKeysResponse:
    """Make three keys, two of which are called alike."""
    names = ("nightly", "board", "board")
    return pb.ListApiKeysResponse(
        api_keys=[api_key(name, number=number) for number, name in enumerate(names, start=1)]
    )


def events(count: int) -> list[pb.AuditEvent]:
    """Make events, the latest first; the latest was refused."""
    return [
        pb.AuditEvent(
            sequence=number,
            event_time=at(NOW + timedelta(minutes=number)),
            action="member.update",
            actor_id="usr_1",
            target_id="usr_2",
            result=pb.AuditEvent.REFUSED if number == count else pb.AuditEvent.SUCCEEDED,
            address_prefix="192.0.2.0/24",
            details={"role": "ADMIN"},
        )
        for number in range(count, 0, -1)
    ]
