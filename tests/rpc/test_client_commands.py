"""The command line, from arguments to what stands in the terminal and the exit code."""

import json
from typing import Any

import grpc
import pytest
import typer
from google.protobuf.timestamp_pb2 import Timestamp

from client.commands.collecting import left_alone
from jira_analytics.sync.v1.connection_pb2 import Connection, Scope, WebhookSecret
from jira_analytics.sync.v1.sync_pb2 import SyncJob
from tests.rpc.client_stand_in import EMAIL, PASSWORD, Refusal
from tests.rpc.client_terminal import Terminal, signed_in, terminal

__all__ = ["signed_in", "terminal"]


def _job(state: SyncJob.State.ValueType, done: int = 0, **fields: Any) -> SyncJob:
    stage = SyncJob.Progress.DONE if state == SyncJob.SUCCEEDED else SyncJob.Progress.COLLECTING
    progress = SyncJob.Progress(issues_done=done, issues_total=996, stage=stage)
    return SyncJob(id="job_1", mode=SyncJob.FULL, state=state, progress=progress, **fields)


async def test_signing_up_says_who_one_is_and_shows_no_secret(terminal: Terminal) -> None:
    ran = await terminal.run("signup", "--email", EMAIL, "--password", PASSWORD)
    assert ran.code == 0
    assert ran.out == (
        f"✓ signed in as {EMAIL}, owner of the workspace Acme (free, Europe/Berlin, EU)\n"
    )
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


async def test_what_is_collected_can_be_restricted(signed_in: Terminal) -> None:
    """When a site is connected, and from some day on; nothing named is everything."""
    jql = 'labels = "flow [bold]"'
    ran = await signed_in.run(
        *("connect", "jira", "--site", "https://acme.atlassian.net", "--email", "a@b.example"),
        *("--token", "s3cret", "--jql", jql),
    )
    assert ran.code == 0, ran.err
    requests = signed_in.served.product.requests
    assert requests["CreateConnection"].scope.jql == jql
    for given, scope in (
        (("--jql", jql, "--project", "ABC"), Scope(projects=["ABC"], jql=jql)),
        ((), Scope()),
    ):
        ran = await signed_in.run("collect", *given)
        assert ran.code == 0, ran.err
        asked = requests["UpdateConnection"]
        assert (asked.connection_id, asked.HasField("scope"), asked.scope) == ("acme", True, scope)


def made_secret(**former: Any) -> WebhookSecret:
    return WebhookSecret(
        connection_id="con_1", path="/api/webhooks/jira/con_1", secret="hush", **former
    )


async def test_connecting_prints_what_jiras_form_wants(signed_in: Terminal) -> None:
    """The address at this gateway and the secret, each whole on its line; or neither."""
    product = signed_in.served.product
    product.answers["RotateWebhookSecret"] = made_secret()
    product.answers["CreateConnection"] = Connection(id="con_1", name="acme")
    connect = ("connect", "jira", "--site", "https://acme.atlassian.net", "--email", "a@b.example")
    ran = await signed_in.run(*connect, "--token", "t")
    assert ran.code == 0, ran.err
    said = [line.split(maxsplit=1) for line in ran.out.splitlines() if line.startswith("  ")]
    form = {row[0]: row[1] for row in said}
    assert form["URL"].endswith("/api/webhooks/jira/con_1")
    assert form["URL"].startswith("https://")
    assert form["Secret"] == "hush"
    assert product.requests["RotateWebhookSecret"].connection_id == "con_1"
    product.calls.clear()
    for unwanted in ("--no-webhook", "--json"):
        assert (await signed_in.run(*connect, "--token", "t", unwanted)).code == 0
    assert "RotateWebhookSecret" not in product.calls


async def test_another_webhook_secret(signed_in: Terminal) -> None:
    """For the only connection; until when the other holds is said, and it may be ended at once."""
    product = signed_in.served.product
    until = Timestamp(seconds=1_700_000_000)
    product.answers["RotateWebhookSecret"] = made_secret(former_until_time=until)
    ran = await signed_in.run("webhook-secret")
    assert (ran.code, "2023-11-14 22:13:20 UTC" in ran.out) == (0, True), ran.err
    asked = product.requests["RotateWebhookSecret"]
    assert (asked.connection_id, asked.end_former) == ("acme", False)
    ran = await signed_in.run("webhook-secret", "--connection", "x", "--end-former", "--json")
    asked = product.requests["RotateWebhookSecret"]
    assert (asked.connection_id, asked.end_former) == ("x", True)
    told = json.loads(ran.out)
    assert told["secret"] == "hush"
    assert told["url"].endswith(told["path"])


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


async def test_a_sync_that_is_known_is_watched_by_its_id(signed_in: Terminal) -> None:
    """The same as when it was started; and who starts one without watching is told how to."""
    told = await signed_in.run("sync")
    assert told.out == "FULL sync job_1 is queued; see it with: jira-analytics job watch job_1\n"
    signed_in.served.product.answers["GetSyncJob"] = _job(SyncJob.RUNNING)
    signed_in.served.product.streams = [[_job(SyncJob.RUNNING, 10), _job(SyncJob.SUCCEEDED, 996)]]
    ran = await signed_in.run("job", "watch", "job_1", "--json")
    assert [json.loads(line)["state"] for line in ran.out.splitlines()] == ["RUNNING", "SUCCEEDED"]
    assert ran.code == 0
    assert signed_in.served.product.requests["WatchSyncJob"].job_id == "job_1"


async def test_who_looks_away_is_told_that_it_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    """With how to see it again, and the exit code of what is broken off."""
    with pytest.raises(typer.Exit) as ended, left_alone(["job_1"], as_json=False):
        raise KeyboardInterrupt
    assert ended.value.exit_code == 130
    said = capsys.readouterr().out
    assert said == "the sync goes on; see it with: jira-analytics job watch job_1\n"


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
    terminal: Terminal,
) -> None:
    ran = await terminal.run(
        *("login", "--email", EMAIL, "--password", PASSWORD), JIRA_ANALYTICS_CA=""
    )
    assert ran.code == 1
    assert len(ran.err.splitlines()) == 1
    assert "is not trusted" in ran.err
