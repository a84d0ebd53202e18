"""Questions asked at a terminal: what is sent, what is shown, what is not asked at all."""

import json

import pytest

from jira_analytics.sync.v1.connection_pb2 import ListConnectionsResponse
from tests.rpc.client_terminal import Terminal, signed_in, terminal

__all__ = ["signed_in", "terminal"]


@pytest.mark.parametrize(
    ("command", "method", "first"),
    [
        ("summary", "GetExecutiveSummary", "Executive summary"),
        ("bottlenecks", "GetBottlenecks", "Bottlenecks"),
        ("workload", "GetWorkload", "Workload"),
    ],
)
async def test_a_question_is_asked_as_it_was_meant(
    signed_in: Terminal, command: str, method: str, first: str
) -> None:
    """Dates without a zone are days of the workspace's, Europe/Berlin."""
    ran = await signed_in.run(
        *(command, "--connection", "acme", "--from", "2026-01-01", "--to", "2026-04-01"),
        *("--as-of", "2026-05-01T00:00Z", "--project", "ABC", "--type", "Bug", "--type", "Task"),
    )
    assert ran.code == 0
    assert ran.out.splitlines()[1].startswith(first)
    request = signed_in.served.product.requests[method]
    assert request.period.start_time.ToJsonString() == "2025-12-31T23:00:00Z"
    assert request.period.end_time.ToJsonString() == "2026-03-31T22:00:00Z"
    assert request.as_of_time.ToJsonString() == "2026-05-01T00:00:00Z"
    assert request.connection_id == "acme"
    assert (list(request.projects), list(request.issue_types)) == (["ABC"], ["Bug", "Task"])


async def test_what_is_left_out_is_left_to_the_product(signed_in: Terminal) -> None:
    assert (await signed_in.run("summary", "--last-days", "90")).code == 0
    request = signed_in.served.product.requests["GetExecutiveSummary"]
    assert request.period.last_days == 90
    assert request.ListFields() == [(request.DESCRIPTOR.fields_by_name["period"], request.period)]


async def test_json_is_the_shape_of_rest(signed_in: Terminal) -> None:
    """Contract names, enums by name, zeros shown, withheld figures absent."""
    ran = await signed_in.run("summary", "--json")
    answer = json.loads(ran.out)
    assert answer["provenance"]["connection_state"] == "ACTIVE"
    assert answer["throughput"] == {"current": 91, "previous": 25}
    assert answer["cycle_time"]["current"] == {
        "count": 25,
        "eligible_count": 91,
        "p50": "172800s",
        "p85": "1892160s",
        "p95": "3032640s",
        "small_sample": True,
    }
    assert answer["work_item_age"]["previous"] == {
        "count": 0,
        "eligible_count": 0,
        "small_sample": True,
    }


async def test_json_has_every_plain_field_as_rest_has(signed_in: Terminal) -> None:
    signed_in.served.product.answers["ListConnections"] = ListConnectionsResponse()
    ran = await signed_in.run("connections", "--json")
    assert json.loads(ran.out) == {"connections": [], "next_page_token": ""}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--from", "2026-01-01"], "--from and --to belong together"),
        (["--last-days", "7", "--from", "2026-01-01", "--to", "2026-02-01"], "not both"),
        (["--last-days", "0"], "--last-days"),
        (["--from", "soon", "--to", "later"], "a date or an instant"),
        (["--time-zone", "Mars/Base"], "an IANA time zone"),
    ],
)
async def test_a_question_that_makes_no_sense_is_not_asked(
    signed_in: Terminal, arguments: list[str], said: str
) -> None:
    ran = await signed_in.run("summary", *arguments)
    assert ran.code == 2
    assert said in ran.err
    assert "GetExecutiveSummary" not in signed_in.served.product.calls
