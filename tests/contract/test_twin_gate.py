"""Who the twin lets in, and how it misbehaves when it is asked to."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from twin.history import read
from twin.making import make_world
from twin.serving import Running, running
from twin.world import World

INFO = "/rest/api/3/serverInfo"
ME = "/rest/api/3/myself"
BULK = "/rest/api/3/issue/bulkfetch"
BODY = {"issueIdsOrKeys": ["CB-167"]}
BUNDLED = make_world()


def few() -> World:
    """Make a small world to change: two projects of the bundled one."""
    world = World(BUNDLED.catalogue, BUNDLED.moment)
    for record in BUNDLED.records.values():
        if record.project.key in {"CB", "CLIMATE"}:
            world.add(record.line, read(record.line))
    return world


@pytest.fixture
async def twin() -> AsyncIterator[Running]:
    async with running(few()) as serving:
        yield serving


@pytest.fixture
async def jira(twin: Running) -> AsyncIterator[httpx.AsyncClient]:
    who = ("anyone@example.test", "twin-token")
    async with httpx.AsyncClient(base_url=twin.origin, auth=who, timeout=10) as client:
        yield client


async def misbehave(jira: httpx.AsyncClient, **fault: Any) -> None:
    assert (await jira.post("/_twin/faults", json=fault)).status_code == 200


@pytest.mark.parametrize("email", ["a@b", "someone.else@example.test"])
async def test_any_address_with_the_token_is_let_in(twin: Running, email: str) -> None:
    async with httpx.AsyncClient(base_url=twin.origin, auth=(email, "twin-token")) as client:
        assert (await client.get(ME)).status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        None,
        "Bearer twin-token",
        "Basic",
        "Basic %%%",
        "Basic YUBiOndyb25n",  # a@b:wrong
        "Basic OnR3aW4tdG9rZW4=",  # :twin-token
        "Basic dHdpbi10b2tlbg==",  # twin-token
    ],
)
async def test_anything_else_is_401_with_the_reason_in_headers(
    twin: Running, header: str | None
) -> None:
    headers = {"Accept": "application/json"} | ({"Authorization": header} if header else {})
    async with httpx.AsyncClient(base_url=twin.origin, headers=headers) as client:
        answer = await client.get(ME)
    assert answer.status_code == 401
    assert answer.headers["X-Seraph-LoginReason"] == "AUTHENTICATED_FAILED"
    assert "WWW-Authenticate" in answer.headers
    assert answer.json() == {
        "message": "Client must be authenticated to access this resource.",
        "status-code": 401,
    }


async def test_a_browser_gets_the_refusal_as_text(twin: Running) -> None:
    async with httpx.AsyncClient(headers={"Accept": "text/html"}) as client:
        answer = await client.get(twin.origin + ME)
    assert answer.text == "Client must be authenticated to access this resource."


async def test_server_info_is_for_everybody_but_not_with_a_wrong_token(twin: Running) -> None:
    async with httpx.AsyncClient(base_url=twin.origin) as client:
        assert (await client.get(INFO)).status_code == 200
        assert (await client.get(INFO, auth=("a@b", "wrong"))).status_code == 401


async def test_a_token_that_is_changed_stops_working(jira: httpx.AsyncClient) -> None:
    await jira.post("/_twin/token", json={"token": "other"})
    assert (await jira.get(ME)).status_code == 401
    assert (await jira.get(ME, auth=("a@b", "other"))).status_code == 200


async def test_a_limit_refuses_as_often_as_asked_with_every_header(
    jira: httpx.AsyncClient,
) -> None:
    await misbehave(
        jira, status=429, path=BULK, times=2, retry_after=7, reason="jira-quota-tenant-based"
    )
    assert (await jira.get(ME)).status_code == 200, "another call is not concerned"
    for _ in range(2):
        answer = await jira.post(BULK, json=BODY)
        assert answer.status_code == 429
        assert answer.headers["Retry-After"] == "7"
        assert answer.headers["RateLimit-Reason"] == "jira-quota-tenant-based"
        assert answer.headers["X-RateLimit-Remaining"] == "0"
        assert answer.headers["X-RateLimit-NearLimit"] == "true"
        assert int(answer.headers["X-RateLimit-Limit"]) > 0
        assert datetime.fromisoformat(answer.headers["X-RateLimit-Reset"]) > datetime.now(UTC)
        assert answer.json()["status"] == 429
    assert (await jira.post(BULK, json=BODY)).status_code == 200


async def test_a_limit_may_come_without_retry_after(jira: httpx.AsyncClient) -> None:
    await misbehave(jira, status=429)
    assert "Retry-After" not in (await jira.get(ME)).headers


async def test_calls_before_the_fault_pass(jira: httpx.AsyncClient) -> None:
    await misbehave(jira, status=503, method="GET", after=2, retry_after=3)
    assert [(await jira.get(ME)).status_code for _ in range(4)] == [200, 200, 503, 200]


async def test_an_outage_answers_in_html(jira: httpx.AsyncClient) -> None:
    await misbehave(jira, status=503)
    answer = await jira.get(ME)
    assert answer.headers["Content-Type"].startswith("text/html")


async def test_a_path_template_names_all_its_paths(jira: httpx.AsyncClient) -> None:
    await misbehave(jira, status=403, path="/rest/api/3/issue/{idOrKey}")
    answer = await jira.get("/rest/api/3/issue/CB-167")
    assert answer.status_code == 403
    assert answer.json()["errorMessages"]


async def test_a_lockout_says_captcha(jira: httpx.AsyncClient) -> None:
    await misbehave(jira, status=401, reason="captcha")
    answer = await jira.get(ME)
    assert answer.headers["X-Authentication-Denied-Reason"].startswith("CAPTCHA_CHALLENGE")


async def test_a_slow_call_is_as_slow_as_asked(jira: httpx.AsyncClient) -> None:
    await misbehave(jira, delay_ms=300)
    started = time.perf_counter()
    assert (await jira.get(ME)).status_code == 200
    assert time.perf_counter() - started >= 0.3


async def test_an_answer_that_is_cut_off_breaks_in_the_middle(jira: httpx.AsyncClient) -> None:
    await misbehave(jira, cut=True)
    with pytest.raises(httpx.RemoteProtocolError):
        await jira.post(BULK, json=BODY)
    assert (await jira.post(BULK, json=BODY)).status_code == 200


async def test_faults_end_when_they_are_deleted(jira: httpx.AsyncClient) -> None:
    await misbehave(jira, status=503, times=9)
    await jira.delete("/_twin/faults")
    assert (await jira.get(ME)).status_code == 200


@pytest.mark.parametrize("fault", [{"status": 200}, {"stauts": 429}, {"times": 0}])
async def test_a_fault_that_means_nothing_is_refused(
    jira: httpx.AsyncClient, fault: dict[str, Any]
) -> None:
    assert (await jira.post("/_twin/faults", json=fault)).status_code == 400


async def test_every_call_is_counted_by_path_template_and_answer(jira: httpx.AsyncClient) -> None:
    await misbehave(jira, status=429, path=ME)
    await misbehave(jira, cut=True, path=BULK)
    for key in ("CB-167", "CB-168", "NOPE-1"):
        await jira.get(f"/rest/api/3/issue/{key}")
    await jira.get(ME)
    with pytest.raises(httpx.RemoteProtocolError):
        await jira.post(BULK, json=BODY)
    await jira.get("/rest/api/3/dashboard")
    report = (await jira.get("/_twin/calls")).json()
    counted = {(c["method"], c["path"], c["status"]): c["count"] for c in report["calls"]}
    assert counted == {
        ("GET", "/rest/api/3/issue/{idOrKey}", "200"): 2,
        ("GET", "/rest/api/3/issue/{idOrKey}", "404"): 1,
        ("GET", ME, "429"): 1,
        ("POST", BULK, "cut"): 1,
    }
    assert report["outside"] == ["GET /rest/api/3/dashboard"]


async def test_what_is_not_there_answers_in_jiras_shape(jira: httpx.AsyncClient) -> None:
    missing = await jira.get("/rest/api/3/dashboard")
    assert (missing.status_code, set(missing.json())) == (404, {"errorMessages", "errors"})
    wrong = await jira.delete(ME)
    assert (wrong.status_code, set(wrong.json())) == (405, {"errorMessages", "errors"})


async def test_an_edit_moves_the_issue_and_tells_its_history(
    jira: httpx.AsyncClient, twin: Running
) -> None:
    before = (await jira.get("/rest/api/3/issue/CB-167")).json()
    taken = {entry.id for issue in twin.world.issues() for entry in issue.entries}
    edit = (
        await jira.post("/_twin/issues/CB-167", json={"status": "3", "assignee": "person-0001"})
    ).json()
    after = (await jira.get("/rest/api/3/issue/CB-167")).json()
    assert after["fields"]["status"]["name"] == "In Progress"
    assert after["fields"]["status"]["statusCategory"]["key"] == "indeterminate"
    assert after["fields"]["assignee"]["accountId"].startswith("712020:")
    assert after["fields"]["updated"] > before["fields"]["updated"]
    entry = (await jira.get("/rest/api/3/issue/CB-167/changelog")).json()["values"][-1]
    assert entry["id"] == edit["history_id"]
    assert entry["id"] not in taken
    changed = {item["field"]: item for item in entry["items"]}
    assert changed["status"]["from"] == before["fields"]["status"]["id"]
    assert changed["status"]["to"] == "3"
    assert changed["assignee"]["to"] == after["fields"]["assignee"]["accountId"]


async def test_two_edits_follow_each_other_in_time(jira: httpx.AsyncClient) -> None:
    edits = [
        (await jira.post("/_twin/issues/CB-167", json={"assignee": name})).json()
        for name in ("person-0001", None, "person-0002")
    ]
    instants = [edit["updated_ms"] for edit in edits]
    assert instants == sorted(set(instants))


async def test_a_deleted_issue_is_gone_everywhere(jira: httpx.AsyncClient) -> None:
    await jira.post("/_twin/issues/CB-167", json={"delete": True})
    assert (await jira.get("/rest/api/3/issue/CB-167")).status_code == 404
    assert (await jira.post(BULK, json=BODY)).json()["issues"] == []
    changes = await jira.post("/rest/api/3/changelog/bulkfetch", json=BODY)
    assert changes.json() == {"issueChangeLogs": []}


@pytest.mark.parametrize("edit", [{}, {"status": "999"}, {"priority": "1"}])
async def test_an_edit_that_cannot_be_made_is_refused(
    jira: httpx.AsyncClient, edit: dict[str, Any]
) -> None:
    assert (await jira.post("/_twin/issues/CB-167", json=edit)).status_code == 400
    assert (await jira.post("/_twin/issues/NOPE-1", json={"delete": True})).status_code == 404


async def test_many_clients_are_served_at_once(jira: httpx.AsyncClient) -> None:
    await misbehave(jira, delay_ms=200, times=20)
    started = time.perf_counter()
    answers = await asyncio.gather(*(jira.get(ME) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {200}
    assert time.perf_counter() - started < 2
