"""Who belongs to a workspace, seen and changed from a terminal: members, invitations, keys."""

import json
from datetime import UTC, datetime, timedelta

import grpc
import pytest

from jira_analytics.auth.v1.workspace_pb2 import ApiKey, ListInvitesResponse, Member
from tests.rpc.client_stand_in import Refusal
from tests.rpc.client_terminal import Terminal, signed_in, terminal
from tests.unit.client_workspaces import SECRET, api_keys

__all__ = ["signed_in", "terminal"]


async def test_a_workspace_is_shown_and_changed(signed_in: Terminal) -> None:
    """What is left out stays as it is."""
    shown = await signed_in.run("workspace")
    assert shown.out == "Acme (free, Europe/Berlin, EU)\n"
    ran = await signed_in.run("workspace", "--time-zone", "Europe/Berlin")
    assert ran.out == "✓ the workspace is Acme (free, Europe/Berlin, EU) now\n"
    request = signed_in.served.product.requests["UpdateWorkspace"]
    assert (request.time_zone, request.HasField("name")) == ("Europe/Berlin", False)


async def test_members_are_listed(signed_in: Terminal) -> None:
    lines = (await signed_in.run("members")).out.splitlines()
    assert lines[2].split()[:2] == ["eve@example.com", "viewer"]
    assert lines[2].endswith("usr_2")
    listed = json.loads((await signed_in.run("members", "--json")).out)
    assert [each["role"] for each in listed["members"]] == ["OWNER", "VIEWER"]


@pytest.mark.parametrize("who", ["EVE@example.com", "usr_2"])
async def test_a_member_gets_a_role_by_address_or_id(signed_in: Terminal, who: str) -> None:
    ran = await signed_in.run("members", "role", who, "admin")
    assert (ran.code, ran.out) == (0, "✓ eve@example.com has the role admin now\n")
    request = signed_in.served.product.requests["UpdateMember"]
    assert (request.user_id, request.role) == ("usr_2", Member.ADMIN)


async def test_a_role_that_there_is_not_is_not_asked_for(signed_in: Terminal) -> None:
    ran = await signed_in.run("members", "role", "eve@example.com", "king")
    assert ran.code == 2
    assert "UpdateMember" not in signed_in.served.product.calls


async def test_the_last_owner_learns_what_to_do_first(signed_in: Terminal) -> None:
    signed_in.served.product.refusals["UpdateMember"] = Refusal(
        grpc.StatusCode.FAILED_PRECONDITION,
        "LAST_OWNER",
        "a workspace needs an owner",
        {"workspace_ids": "wsp_1"},
    )
    ran = await signed_in.run("members", "role", "usr_1", "viewer")
    assert ran.err == (
        "jira-analytics: wsp_1 needs an owner, and there is no other; "
        "make somebody else one with: jira-analytics members role EMAIL owner\n"
    )


async def test_nobody_is_removed_without_a_yes(signed_in: Terminal) -> None:
    product = signed_in.served.product
    refused = await signed_in.run("members", "remove", "eve@example.com")
    assert refused.err == (
        "jira-analytics: there is nobody to ask whether that is meant; give --yes\n"
    )
    answered = await signed_in.type("members", "remove", "usr_2", answers={"[y/N]:": "n"})
    assert answered.code == 1
    assert "RemoveMember" not in product.calls
    ran = await signed_in.run("members", "remove", "eve@example.com", "--yes")
    assert (ran.code, ran.out) == (0, "✓ eve@example.com is no member any more\n")
    assert product.requests["RemoveMember"].user_id == "usr_2"


async def test_keys_that_a_removed_member_made_are_named(signed_in: Terminal) -> None:
    """They are the workspace's, and go on: whoever wants them ended is told how."""
    listed = api_keys()
    for key in listed.api_keys[:2]:
        key.creator_id = "usr_2"
        key.ClearField("expire_time")
    listed.api_keys[2].creator_id = "usr_2"
    listed.api_keys[2].expire_time.FromMilliseconds(1)
    signed_in.served.product.answers["ListApiKeys"] = listed
    ran = await signed_in.run("members", "remove", "eve@example.com", "--yes")
    assert ran.out == (
        "✓ eve@example.com is no member any more\n"
        "  keys they made go on working: nightly (key_1), board (key_2); "
        "end one with: jira-analytics api-keys revoke ID\n"
    )


async def test_who_is_no_member_is_named(signed_in: Terminal) -> None:
    ran = await signed_in.run("members", "remove", "mallory@example.com", "--yes")
    assert ran.err == (
        "jira-analytics: mallory@example.com is no member of the workspace; "
        "see who is with: jira-analytics members\n"
    )


async def test_leaving_signs_out(signed_in: Terminal) -> None:
    """The tokens are for the workspace that was left."""
    ran = await signed_in.run("members", "leave", "--yes")
    assert ran.out == "✓ you have left Acme, and are signed out\n"
    assert (await signed_in.run("members")).code == 1


async def test_an_invitation_is_mailed_listed_and_taken_back(signed_in: Terminal) -> None:
    product = signed_in.served.product
    made = await signed_in.run("invite", "bob@example.com", "--role", "viewer")
    assert made.out == (
        "✓ bob@example.com is invited as viewer; the link works until 2026-11-30 01:30 UTC\n"
    )
    assert product.requests["InviteMember"].role == Member.VIEWER
    assert "bob@example.com" in (await signed_in.run("invites")).out
    assert (await signed_in.run("invites", "revoke", "Bob@example.com")).code == 0
    assert product.requests["RevokeInvite"].invite_id == "inv_1"


async def test_who_has_not_confirmed_their_address_learns_how(signed_in: Terminal) -> None:
    signed_in.served.product.refusals["InviteMember"] = Refusal(
        grpc.StatusCode.FAILED_PRECONDITION, "EMAIL_NOT_CONFIRMED", "not confirmed"
    )
    ran = await signed_in.run("invite", "bob@example.com")
    assert ran.err == (
        "jira-analytics: your e-mail address is not confirmed yet; follow the link in the mail, "
        "or give it to: jira-analytics verify-email "
        "(no mail, or too late? jira-analytics verify-email --again has another one mailed)\n"
    )


async def test_where_no_invitations_stand_the_next_step_is_said(signed_in: Terminal) -> None:
    signed_in.served.product.answers["ListInvites"] = ListInvitesResponse()
    ran = await signed_in.run("invites")
    assert ran.out == "no invitations stand; make one with: jira-analytics invite EMAIL\n"


@pytest.mark.parametrize("link", ["jal_1", "https://flow.example.com/accept-invite#jal_1"])
async def test_an_invitation_is_accepted_by_the_mailed_link(signed_in: Terminal, link: str) -> None:
    ran = await signed_in.run("accept", JIRA_ANALYTICS_LINK=link)
    assert ran.out == ("✓ you are a member of Globex now\n  next: jira-analytics switch wsp_2\n")
    assert signed_in.served.product.requests["AcceptInvite"].token == "jal_1"


async def test_a_key_shows_its_secret_once_on_a_line_of_its_own(signed_in: Terminal) -> None:
    ran = await signed_in.run(
        *("api-keys", "create", "nightly", "--scope", "analytics:read"),
        *("--scope", "sync:write", "--expires", "90d"),
    )
    assert ran.code == 0, ran.err
    assert ran.out.splitlines()[-1] == SECRET
    request = signed_in.served.product.requests["CreateApiKey"]
    assert list(request.scopes) == [ApiKey.ANALYTICS_READ, ApiKey.SYNC_WRITE]
    expires = request.expire_time.ToDatetime(tzinfo=UTC)
    assert abs(expires - datetime.now(UTC) - timedelta(days=90)) < timedelta(minutes=5)
    assert SECRET not in (await signed_in.run("api-keys")).out


async def test_a_key_without_an_expiry_never_expires(signed_in: Terminal) -> None:
    await signed_in.run("api-keys", "create", "nightly", "--scope", "sync:read")
    assert not signed_in.served.product.requests["CreateApiKey"].HasField("expire_time")


@pytest.mark.parametrize(
    "wrong",
    [["--scope", "everything"], [], ["--scope", "sync:read", "--expires", "2020-01-01"]],
    ids=["no such scope", "no scope", "expired already"],
)
async def test_a_key_that_makes_no_sense_is_not_made(signed_in: Terminal, wrong: list[str]) -> None:
    assert (await signed_in.run("api-keys", "create", "nightly", *wrong)).code == 2
    assert "CreateApiKey" not in signed_in.served.product.calls


async def test_a_key_is_revoked_by_its_name_or_id(signed_in: Terminal) -> None:
    product = signed_in.served.product
    assert (await signed_in.run("api-keys", "revoke", "nightly")).code == 0
    assert product.requests["RevokeApiKey"].api_key_id == "key_1"
    assert (await signed_in.run("api-keys", "revoke", "key_3")).code == 0
    assert product.requests["RevokeApiKey"].api_key_id == "key_3"
    several = await signed_in.run("api-keys", "revoke", "board")
    assert several.err == "jira-analytics: several keys are called board; give an id\n"
