"""The command line, from arguments to what stands in the terminal and the exit code."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest
import pytest_asyncio

from jira_analytics.sync.v1.connection_pb2 import Connection, ListConnectionsResponse
from jira_analytics.sync.v1.sync_pb2 import SyncJob
from tests.rpc.client_stand_in import EMAIL, PASSWORD, Refusal, Served, served
from tests.unit.client_examples import bottlenecks, summary, workload

SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended, and what it said where."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Terminal:
    """A shell with the product's address in its environment."""

    served: Served
    folder: Path

    async def run(self, *arguments: str, **environment: str) -> Ran:
        process = await asyncio.create_subprocess_exec(
            str(Path(sys.executable).with_name("python")),
            "-m",
            "client.cli",
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**self._environment(), **environment},
        )
        out, err = await asyncio.wait_for(process.communicate(), SECONDS)
        return Ran(process.returncode or 0, out.decode(), err.decode())

    def _environment(self) -> dict[str, str]:
        root = Path(__file__).resolve().parents[2]
        return {
            "PYTHONPATH": f"{root}:{root / 'gen'}",
            "HOME": str(self.folder),
            "COLUMNS": "100",
            "JIRA_ANALYTICS_GATEWAY": self.served.gateway.origin,
            "JIRA_ANALYTICS_CA": str(self.served.ca),
        }


@pytest_asyncio.fixture
async def terminal(tmp_path: Path) -> AsyncIterator[Terminal]:
    async with served(tmp_path) as found:
        product = found.product
        product.answers |= {
            "GetExecutiveSummary": summary(),
            "GetBottlenecks": bottlenecks(),
            "GetWorkload": workload(),
            "CreateConnection": _connection(),
            "UpdateConnection": _connection(),
            "ListConnections": ListConnectionsResponse(connections=[_connection()]),
        }
        yield Terminal(found, tmp_path)


@pytest_asyncio.fixture
async def signed_in(terminal: Terminal) -> Terminal:
    ran = await terminal.run("login", "--email", EMAIL, JIRA_ANALYTICS_PASSWORD=PASSWORD)
    assert ran.code == 0, ran.err
    return terminal


def _connection() -> Connection:
    return Connection(
        id="con_1", name="acme", site_url="https://acme.atlassian.net", state=Connection.ACTIVE
    )


def _job(state: SyncJob.State.ValueType, done: int = 0, **fields: Any) -> SyncJob:
    stage = SyncJob.Progress.DONE if state == SyncJob.SUCCEEDED else SyncJob.Progress.COLLECTING
    progress = SyncJob.Progress(issues_done=done, issues_total=996, stage=stage)
    return SyncJob(id="job_1", mode=SyncJob.FULL, state=state, progress=progress, **fields)


async def test_signing_up_says_who_one_is_and_shows_no_secret(terminal: Terminal) -> None:
    ran = await terminal.run("signup", "--email", EMAIL, "--password", PASSWORD)
    assert ran.code == 0
    assert ran.out == f"✓ signed in as {EMAIL}, owner of the workspace Acme (free, Europe/Berlin)\n"
    assert terminal.served.product.requests["SignUp"].workspace_name == "example.com"
    [token] = terminal.served.product.access
    assert token not in ran.out + ran.err
    assert PASSWORD not in ran.out + ran.err


async def test_without_anybody_to_ask_a_missing_password_is_named(terminal: Terminal) -> None:
    ran = await terminal.run("login", "--email", EMAIL)
    assert ran.code == 1
    assert "give --password or set JIRA_ANALYTICS_PASSWORD" in ran.err


async def test_the_session_is_found_again_below_the_config_folder(signed_in: Terminal) -> None:
    kept = signed_in.folder / ".config" / "jira-analytics" / "session.json"
    assert kept.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("placed", ["before", "after"])
async def test_the_gateway_may_be_named_before_or_after_the_command(
    signed_in: Terminal, placed: str
) -> None:
    place = ["--gateway", signed_in.served.gateway.origin, "--ca", str(signed_in.served.ca)]
    command = ["connections"]
    arguments = [*place, *command] if placed == "before" else [*command, *place]
    ran = await signed_in.run(*arguments, JIRA_ANALYTICS_GATEWAY="https://localhost:1")
    assert ran.code == 0
    assert "https://acme.atlassian.net" in ran.out


async def test_connecting_sends_the_credential_and_never_shows_it(signed_in: Terminal) -> None:
    ran = await signed_in.run(
        *("connect", "jira", "--site", "https://acme.atlassian.net", "--email", "a@b.example"),
        *("--token", "s3cret", "--project", "ABC", "--project", "DEF"),
    )
    assert ran.code == 0
    request = signed_in.served.product.requests["CreateConnection"]
    assert (request.name, request.api_token) == ("acme", "s3cret")
    assert list(request.scope.projects) == ["ABC", "DEF"]
    assert "s3cret" not in ran.out + ran.err


async def test_reconnecting_finds_the_only_connection(signed_in: Terminal) -> None:
    ran = await signed_in.run("reconnect", "--token", "s3cret")
    assert ran.code == 0
    request = signed_in.served.product.requests["UpdateConnection"]
    assert (request.connection_id, request.api_token) == ("acme", "s3cret")
    assert not request.HasField("email")


async def test_a_watched_sync_prints_plain_lines_where_no_terminal_is(signed_in: Terminal) -> None:
    ended = _job(SyncJob.SUCCEEDED, 996)
    ended.start_time.FromSeconds(1)
    ended.end_time.FromSeconds(3)
    signed_in.served.product.streams = [
        [_job(SyncJob.QUEUED), _job(SyncJob.RUNNING, 10), _job(SyncJob.RUNNING, 500), ended]
    ]
    ran = await signed_in.run("sync", "--watch")
    assert ran.code == 0
    assert ran.out.splitlines() == [
        "waiting for a worker: 0 of 996 issues",
        "collecting: 10 of 996 issues",
        "collecting: 500 of 996 issues",
        "done: 996 of 996 issues",
        "✓ synced every issue: 996 issues in 2 s, 498 a second",
    ]
    assert "\x1b" not in ran.out


async def test_a_failed_sync_says_why_and_ends_in_failure(signed_in: Terminal) -> None:
    why = SyncJob.Failure(reason="SITE_ANSWER_UNUSABLE", message="an answer made no sense")
    signed_in.served.product.streams = [[_job(SyncJob.FAILED, error=why)]]
    ran = await signed_in.run("sync", "--watch")
    assert ran.code == 1
    assert ran.err == "jira-analytics: the sync failed: an answer made no sense\n"


async def test_a_watched_sync_is_one_json_a_line(signed_in: Terminal) -> None:
    signed_in.served.product.streams = [
        [_job(SyncJob.RUNNING, 10), _job(SyncJob.CANCELLED, 10)],
    ]
    ran = await signed_in.run("sync", "--watch", "--json")
    assert [json.loads(line)["state"] for line in ran.out.splitlines()] == ["RUNNING", "CANCELLED"]
    assert ran.code == 1


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


async def test_a_refusal_is_one_line_and_an_exit_code(signed_in: Terminal) -> None:
    refusal = Refusal(grpc.StatusCode.FAILED_PRECONDITION, "CONNECTION_NOT_SYNCED", "nothing yet")
    signed_in.served.product.refusals["GetWorkload"] = refusal
    ran = await signed_in.run("workload", "--json")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == (
        "jira-analytics: nothing was synced for this connection yet; "
        "start with: jira-analytics sync --watch\n"
    )


async def test_an_untrusted_certificate_is_one_line_without_grpcs_own_log(
    terminal: Terminal, tmp_path: Path
) -> None:
    ran = await terminal.run(
        *("login", "--email", EMAIL, "--password", PASSWORD), JIRA_ANALYTICS_CA=""
    )
    assert ran.code == 1
    assert len(ran.err.splitlines()) == 1
    assert "is not trusted" in ran.err
