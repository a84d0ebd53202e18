"""Sessions, members, invitations and keys: who may come in, one a line."""

from rich.console import Group
from rich.table import Table
from rich.text import Text

from client.show.listing import filled, listing, stamp, with_note, word
from jira_analytics.auth.v1.auth_pb2 import ListSessionsResponse
from jira_analytics.auth.v1.workspace_pb2 import (
    ApiKey,
    ListApiKeysResponse,
    ListInvitesResponse,
    ListMembersResponse,
    Member,
)


def show_sessions(listed: ListSessionsResponse) -> Group:
    """Lay a person's sessions out."""
    rows = (
        (
            Text("*" if each.current else " ", style="green"),
            each.id,
            device_in_words(each.device),
            each.address_prefix,
            stamp(each.last_use_time),
            stamp(each.expire_time),
        )
        for each in listed.sessions
    )
    table = filled(listing("", "id", "device", "network", "last used", "ends"), rows)
    return with_note(table, "* is this one; end another with: jira-analytics sessions revoke ID")


def show_members(listed: ListMembersResponse) -> Table:
    """Lay a workspace's members out."""
    rows = (
        (
            each.email,
            each.display_name if each.display_name != each.email else "",
            word(Member.Role.Name(each.role)),
            stamp(each.create_time),
            each.user_id,
        )
        for each in listed.members
    )
    return filled(listing("e-mail", "name", "role", "since", "id"), rows)


def show_invites(listed: ListInvitesResponse) -> Table:
    """Lay a workspace's invitations out."""
    rows = (
        (each.email, word(Member.Role.Name(each.role)), stamp(each.expire_time), each.id)
        for each in listed.invites
    )
    return filled(listing("e-mail", "role", "expires", "id"), rows)


def show_api_keys(listed: ListApiKeysResponse) -> Table:
    """Lay a workspace's keys out, without their secrets."""
    rows = (
        (
            each.name,
            f"{each.prefix}…",
            scopes_in_words(each),
            stamp(each.expire_time, missing="never"),
            stamp(each.last_use_time, missing="never"),
            each.id,
        )
        for each in listed.api_keys
    )
    return filled(listing("name", "secret", "scopes", "expires", "last used", "id"), rows)


def scopes_in_words(key: ApiKey) -> str:
    """Say what a key may be used for."""
    return ", ".join(ApiKey.Scope.Name(each).lower().replace("_", ":") for each in key.scopes)


def device_in_words(device: str) -> str:
    """Leave out what gRPC adds to a client's own word on what it is.

    >>> device_in_words("jira-analytics grpc-python-asyncio/1.85.1 grpc-c/58.0.0 (linux; chttp2)")
    'jira-analytics'
    """
    return device.partition(" grpc-")[0]
