"""Accounts, sessions, members, keys and events as a person sees them."""

from enum import StrEnum
from typing import Any

import pytest
import typer
from hypothesis import given, settings
from hypothesis import strategies as st

from client.commands.links import token_of
from client.commands.words import (
    RegionName,
    ResultName,
    RoleName,
    ScopeName,
    moment_in_utc,
    moment_to_come,
)
from client.show.audit import show_events
from client.show.identity import show_me
from client.show.people import show_api_keys, show_members, show_sessions
from jira_analytics.auth.v1.auth_pb2 import Me
from jira_analytics.auth.v1.workspace_pb2 import ApiKey, AuditEvent, Member, Workspace
from tests.unit.client_examples import shown
from tests.unit.client_workspaces import api_keys, events, me, members, sessions


@pytest.mark.parametrize(
    ("typed", "contract"),
    [
        (RoleName, Member.Role),
        (ScopeName, ApiKey.Scope),
        (ResultName, AuditEvent.Result),
        (RegionName, Workspace.Region),
    ],
)
def test_people_can_type_every_word_of_the_contract(typed: type[StrEnum], contract: Any) -> None:
    """A word that is added there must be added here."""
    words = set(contract.keys())
    assert {each.name for each in typed} == {
        word for word in words if not word.endswith("_UNSPECIFIED")
    }


def test_a_scope_is_typed_as_tokens_say_it() -> None:
    assert ScopeName("sync:write").value_in_contract == ApiKey.SYNC_WRITE
    assert all(each.value == each.name.lower().replace("_", ":") for each in ScopeName)


def test_one_workspace_alone_is_not_listed_twice() -> None:
    alone = me()
    del alone.memberships[1:]
    alone.email_verified = True
    assert shown(show_me(alone, None)).splitlines() == [
        "account    ada@example.com (Ada)  usr_1",
        "workspace  Acme (free, Europe/Berlin, EU)",
        "role       owner",
    ]


def test_what_a_terminal_would_obey_is_not_shown() -> None:
    """Names are typed by others: none of them clears the screen or sets a colour."""
    evil = "\x1b[2J[red]Eve"
    listed = members()
    listed.members[1].display_name = evil
    said = shown(show_members(listed)) + shown(show_me(Me(email=evil, display_name=evil), None))
    assert "\x1b" not in said
    assert "[red]Eve" in said


def test_a_device_is_what_the_client_calls_itself() -> None:
    listed = sessions()
    listed.sessions[0].device = "jira-analytics grpc-python-asyncio/1.85.1 grpc-c/58.0.0"
    listed.sessions[1].device = "curl/8.5.0"
    lines = shown(show_sessions(listed), width=120).splitlines()
    assert "jira-analytics  192.0.2.0/24" in lines[1]
    assert "curl/8.5.0" in lines[2]


def test_a_key_is_recognised_without_its_secret() -> None:
    listed = api_keys()
    listed.api_keys[0].ClearField("expire_time")
    line = shown(show_api_keys(listed), width=120).splitlines()[1]
    assert line.split() == [
        *("nightly", "jak_0123…", "analytics:read,", "sync:write", "never", "never", "key_1"),
    ]


def test_an_event_names_people_that_are_known_and_says_what_was_refused() -> None:
    lines = shown(show_events(events(2), {"usr_1": "ada@example.com"}), width=120).splitlines()
    assert "member.update refused" in lines[1]
    assert "refused" not in lines[2]
    assert "ada@example.com  usr_2" in lines[2]
    assert lines[2].endswith("role=ADMIN")


def test_dates_are_taken_in_utc() -> None:
    assert moment_in_utc("2026-04-01").isoformat() == "2026-04-01T00:00:00+00:00"
    assert moment_in_utc("2026-04-01T12:00+02:00").isoformat() == "2026-04-01T12:00:00+02:00"


@given(st.text(max_size=12))
@settings(deadline=None)
def test_whatever_is_typed_is_an_instant_to_come_or_refused(text: str) -> None:
    """Nobody sees a traceback for a slip of the finger."""
    try:
        moment_to_come(text)
    except typer.BadParameter:
        return


@pytest.mark.parametrize("text", ["9" * 12 + "d", "2020-01-01", "soon", "90", "-1d", "²d"])
def test_no_instant_to_come_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter):
        moment_to_come(text)


def test_a_link_and_its_token_are_the_same() -> None:
    link = "https://flow.example.com/reset-password#jal_1"
    assert token_of(link) == token_of(" jal_1\n") == "jal_1"
