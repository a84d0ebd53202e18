"""What was done in a workspace, read at a terminal."""

import json

import pytest

from jira_analytics.auth.v1.workspace_pb2 import AuditEvent, ListAuditEventsResponse
from tests.rpc.client_terminal import Terminal, signed_in, terminal
from tests.unit.client_workspaces import events

__all__ = ["signed_in", "terminal"]


async def test_what_was_done_is_listed_with_the_people_it_knows(signed_in: Terminal) -> None:
    ran = await signed_in.run("audit", COLUMNS="140")
    lines = ran.out.splitlines()
    assert len(lines) == 4
    assert "member.update refused" in lines[1]
    assert "ada@example.com" in lines[1]
    assert "eve@example.com" in lines[1]
    assert signed_in.served.product.requests["ListAuditEvents"].page_size == 50


async def test_the_list_is_narrowed_as_it_was_meant(signed_in: Terminal) -> None:
    """People are found by their address, as an audit holds none; dates are UTC's."""
    ran = await signed_in.run(
        *("audit", "--actor", "ADA@example.com", "--target", "key_1", "--action", "session."),
        *("--result", "refused", "--from", "2026-11-01", "--to", "2026-12-01", "--json"),
    )
    assert ran.code == 0, ran.err
    request = signed_in.served.product.requests["ListAuditEvents"]
    assert (request.actor_id, request.target_id, request.action) == ("usr_1", "key_1", "session.")
    assert request.result == AuditEvent.REFUSED
    assert request.start_time.ToJsonString() == "2026-11-01T00:00:00Z"
    assert request.end_time.ToJsonString() == "2026-12-01T00:00:00Z"
    assert len(json.loads(ran.out)["audit_events"]) == 3


async def test_no_more_is_read_than_is_wanted_and_more_is_pointed_to(signed_in: Terminal) -> None:
    page = ListAuditEventsResponse(audit_events=events(2), next_page_token="more")
    signed_in.served.product.answers["ListAuditEvents"] = page
    ran = await signed_in.run("audit", "--limit", "4")
    assert signed_in.served.product.calls["ListAuditEvents"] == 2
    request = signed_in.served.product.requests["ListAuditEvents"]
    assert (request.page_size, request.page_token) == (2, "more")
    assert ran.out.splitlines()[-1] == "these are the latest 4; see more with --limit"


@pytest.mark.parametrize("wrong", [["--result", "perhaps"], ["--from", "soon"], ["--limit", "0"]])
async def test_a_filter_that_makes_no_sense_is_not_asked(
    signed_in: Terminal, wrong: list[str]
) -> None:
    assert (await signed_in.run("audit", *wrong)).code == 2
    assert "ListAuditEvents" not in signed_in.served.product.calls
