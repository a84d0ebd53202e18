"""Who one is at a terminal: whoami, logout, sessions, switch, and machines with a key."""

import asyncio
import json

import grpc
import pytest

from tests.rpc.client_stand_in import Hold, Refusal
from tests.rpc.client_terminal import SECONDS, Terminal, signed_in, terminal
from tests.unit.client_workspaces import EMAIL, SECRET

__all__ = ["signed_in", "terminal"]

NOT_FOUND = Refusal(grpc.StatusCode.NOT_FOUND, "NOT_FOUND", "there is no such session")


def _session_file(terminal: Terminal) -> str:
    return (terminal.folder / ".config" / "jira-analytics" / "session.json").read_text()


async def test_whoami_says_account_workspace_role_memberships_and_the_sessions_end(
    signed_in: Terminal,
) -> None:
    ran = await signed_in.run("whoami")
    assert ran.code == 0
    for said in (
        f"{EMAIL} (Ada)  usr_1",
        "not confirmed yet",
        "Acme (free, Europe/Berlin, EU)",
        "owner",
        "ends 2026-11-29 01:30 UTC at the latest",
        "Globex",
        "wsp_3",
    ):
        assert said in ran.out


async def test_whoami_as_json_is_the_answer_of_rest_with_the_session(signed_in: Terminal) -> None:
    answer = json.loads((await signed_in.run("whoami", "--json")).out)
    assert (answer["email"], answer["role"]) == (EMAIL, "OWNER")
    assert answer["session"]["expire_time"] == "2026-11-29T01:30:00Z"


async def test_two_programs_that_share_a_session_renew_it_once(terminal: Terminal) -> None:
    """Each is a process of its own: only the file's lock stands between them."""
    product = terminal.served.product
    product.expires_in = 0
    await terminal.run("login", "--email", EMAIL, JIRA_ANALYTICS_PASSWORD="x" * 12)
    product.calls.clear()
    product.expires_in = 900
    ran = await asyncio.gather(*(terminal.run("whoami") for _ in range(2)))
    assert [each.code for each in ran] == [0, 0]
    assert product.calls["Refresh"] == 1


async def test_a_program_that_is_killed_while_it_renews_takes_no_session_with_it(
    signed_in: Terminal,
) -> None:
    """The next one asks with the same token, within the grace, and gets the pair that was made."""
    product = signed_in.served.product
    product.access.clear()
    hold = product.held["Refresh"] = Hold()
    killed = await signed_in.start("whoami")
    await asyncio.wait_for(hold.reached.wait(), SECONDS)
    killed.kill()
    await killed.wait()
    hold.release.set()
    ran = await signed_in.run("whoami")
    assert ran.code == 0, ran.err
    [pair] = product.traded.values()
    assert pair.refresh_token in _session_file(signed_in)


async def test_signing_out_ends_the_session_and_removes_its_tokens(signed_in: Terminal) -> None:
    [token] = signed_in.served.product.access
    ran = await signed_in.run("logout")
    assert (ran.code, ran.out) == (0, "✓ signed out\n")
    assert signed_in.served.product.calls["Logout"] == 1
    assert token not in _session_file(signed_in)
    assert "you are not signed in" in (await signed_in.run("whoami")).err


async def test_signing_out_everywhere_asks_for_that(signed_in: Terminal) -> None:
    ran = await signed_in.run("logout", "--everywhere")
    assert (ran.code, ran.out) == (0, "✓ signed out everywhere\n")
    assert signed_in.served.product.calls["LogoutEverywhere"] == 1


async def test_of_an_ended_session_the_tokens_are_removed_all_the_same(
    signed_in: Terminal,
) -> None:
    product = signed_in.served.product
    product.access.clear()
    product.refresh_tokens.clear()
    assert (await signed_in.run("logout")).code == 0
    assert "access_token" not in _session_file(signed_in)


async def test_an_ended_session_cannot_end_the_others(signed_in: Terminal) -> None:
    """Else somebody would believe that a thief is out."""
    product = signed_in.served.product
    product.access.clear()
    product.refresh_tokens.clear()
    ran = await signed_in.run("logout", "--everywhere")
    assert ran.code == 1
    assert "your session has ended" in ran.err


async def test_a_session_that_cannot_be_ended_stays_signed_in(signed_in: Terminal) -> None:
    """Whoever believes to be out must be out: tokens stay where the session does."""
    gone = Refusal(grpc.StatusCode.UNAVAILABLE, "STORE_UNAVAILABLE", "not now")
    signed_in.served.product.refusals["Logout"] = gone
    ran = await signed_in.run("logout")
    assert ran.code == 1
    assert "access_token" in _session_file(signed_in)


async def test_sessions_are_listed_and_the_present_one_is_marked(signed_in: Terminal) -> None:
    lines = (await signed_in.run("sessions")).out.splitlines()
    assert lines[1].startswith("*  ses_1  jira-analytics  192.0.2.0/24")
    assert lines[2].strip().startswith("ses_2")
    listed = json.loads((await signed_in.run("sessions", "--json")).out)["sessions"]
    assert [each["current"] for each in listed] == [True, False]


async def test_a_session_is_revoked_by_its_id(signed_in: Terminal) -> None:
    ran = await signed_in.run("sessions", "revoke", "ses_2")
    assert (ran.code, ran.out) == (0, "✓ the session has ended\n")
    assert signed_in.served.product.requests["RevokeSession"].session_id == "ses_2"


async def test_where_to_look_for_a_session_that_is_not_there(signed_in: Terminal) -> None:
    signed_in.served.product.refusals["RevokeSession"] = NOT_FOUND
    ran = await signed_in.run("sessions", "revoke", "ses_9")
    assert ran.err == (
        "jira-analytics: there is no such session; "
        "see what there is with: jira-analytics sessions\n"
    )


@pytest.mark.parametrize("placed", ["before", "after"])
async def test_a_group_takes_the_gateway_before_and_after_its_commands(
    signed_in: Terminal, placed: str
) -> None:
    place = ["--gateway", signed_in.served.gateway.origin]
    inner = ["revoke", "ses_2"]
    arguments = [*place, *inner] if placed == "before" else [*inner, *place]
    ran = await signed_in.run("sessions", *arguments, JIRA_ANALYTICS_GATEWAY="https://localhost:1")
    assert ran.code == 0, ran.err


@pytest.mark.parametrize("wanted", ["wsp_2", "Globex"])
async def test_switching_goes_on_in_another_workspace_and_ends_the_session_before(
    signed_in: Terminal, wanted: str
) -> None:
    product = signed_in.served.product
    [before] = product.access
    ran = await signed_in.run("switch", wanted)
    assert ran.code == 0, ran.err
    assert product.requests["SwitchWorkspace"].workspace_id == "wsp_2"
    assert product.bearers["Logout"] == before
    assert product.bearers["GetMe"] != before
    assert before not in _session_file(signed_in)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("GLOBEX", "several workspaces are called GLOBEX (wsp_2, wsp_3); give an id"),
        ("Initech", "you are in no workspace Initech; see yours with: jira-analytics whoami"),
    ],
)
async def test_a_workspace_that_is_not_clear_is_not_switched_to(
    signed_in: Terminal, wanted: str, said: str
) -> None:
    ran = await signed_in.run("switch", wanted)
    assert (ran.code, ran.err) == (1, f"jira-analytics: {said}\n")
    assert "SwitchWorkspace" not in signed_in.served.product.calls


async def test_a_machine_calls_with_its_key_and_writes_nothing(terminal: Terminal) -> None:
    terminal.served.product.api_keys.add(SECRET)
    ran = await terminal.run("connections", JIRA_ANALYTICS_API_KEY=SECRET)
    assert ran.code == 0, ran.err
    assert SECRET not in ran.out + ran.err
    assert not (terminal.folder / ".config").exists()


async def test_a_key_stands_before_whoever_is_signed_in(signed_in: Terminal) -> None:
    ran = await signed_in.run("connections", JIRA_ANALYTICS_API_KEY="jak_unknown")
    assert ran.code == 1
    assert ran.err == (
        "jira-analytics: this API key is unknown, has expired or was revoked; "
        "ask an admin of the workspace for another\n"
    )


async def test_a_machine_is_not_asked_for_a_password(terminal: Terminal) -> None:
    ran = await terminal.run("login", JIRA_ANALYTICS_API_KEY=SECRET)
    assert ran.err == (
        "jira-analytics: a machine with an API key does not sign in or out; "
        "unset JIRA_ANALYTICS_API_KEY first\n"
    )


async def test_a_machine_asks_which_workspace_it_is_in(terminal: Terminal) -> None:
    terminal.served.product.api_keys.add(SECRET)
    ran = await terminal.run("whoami", JIRA_ANALYTICS_API_KEY=SECRET)
    assert ran.out == (
        "✓ a machine with an API key of the workspace Acme (free, Europe/Berlin, EU)\n"
    )


async def test_what_is_for_people_says_so_to_a_machine(terminal: Terminal) -> None:
    product = terminal.served.product
    product.api_keys.add(SECRET)
    product.refusals["ListSessions"] = Refusal(
        grpc.StatusCode.PERMISSION_DENIED,
        "SCOPE_INSUFFICIENT",
        "this needs the scope person",
        {"required": "person"},
    )
    ran = await terminal.run("sessions", JIRA_ANALYTICS_API_KEY=SECRET)
    assert ran.err == (
        "jira-analytics: this is for people, and not for an API key; "
        "unset JIRA_ANALYTICS_API_KEY, and sign in\n"
    )
