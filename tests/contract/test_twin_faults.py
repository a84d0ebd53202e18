"""How the twin misbehaves when it is asked to, and what it counts."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tests.contract.twin_calls import BULK, ME, misbehave

BODY = {"issueIdsOrKeys": ["CB-167"]}


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


async def test_many_clients_are_served_at_once(jira: httpx.AsyncClient) -> None:
    await misbehave(jira, delay_ms=200, times=20)
    started = time.perf_counter()
    answers = await asyncio.gather(*(jira.get(ME) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {200}
    assert time.perf_counter() - started < 3.8
