"""The twin's limits refuse and say what Jira Cloud's do, each for its own reason."""

from datetime import datetime
from typing import Any

import httpx
import pytest

from tests.contract.twin_calls import ALL, BULK, CHANGES, ME, SEARCH, few, posted, signed_in
from twin.clock import Clock, Past
from twin.limits.judging import APP, Judge, Limits
from twin.limits.points import HOUR_MS, Quota
from twin.serving import Running, running
from twin.world import World

QUARTER_PAST_MS = 1_800_000_000_000 // HOUR_MS * HOUR_MS + HOUR_MS // 4
STATUS = "/rest/api/3/status"


@pytest.fixture
def world() -> World:
    return few()


async def limits(jira: httpx.AsyncClient, **asked: Any) -> None:
    assert (await jira.post("/_twin/limits", json=asked)).status_code == 200


async def test_nothing_is_limited_until_it_is_asked_for(jira: httpx.AsyncClient) -> None:
    answers = [await jira.get(STATUS) for _ in range(150)]
    assert {answer.status_code for answer in answers} == {200}
    assert not [name for name in answers[-1].headers if "ratelimit" in name.lower()]


async def test_a_bucket_of_one_call_empties_alone_and_fills_again(jira: httpx.AsyncClient) -> None:
    await limits(jira, burst_scale=0.03)
    answers = [await jira.get(STATUS) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert answers[0].headers["X-RateLimit-Limit"] == "3"
    refused = await jira.get(STATUS)
    assert refused.status_code == 429
    assert refused.headers["RateLimit-Reason"] == "jira-burst-based"
    assert refused.headers["Retry-After"] == "1"
    assert refused.headers["X-RateLimit-Remaining"] == "0"
    assert refused.headers["X-RateLimit-NearLimit"] == "true"
    assert (await jira.get(ME)).status_code == 200, "another call has a bucket of its own"
    await jira.post("/_twin/clock", json={"advance_ms": 1_000})
    assert (await jira.get(STATUS)).status_code == 200


async def test_points_are_spent_by_what_is_read_until_the_hour_ends(world: World) -> None:
    clock = Clock(source=Past(QUARTER_PAST_MS))
    async with running(world, clock=clock) as twin, signed_in(twin) as jira:
        await limits(jira, tenant_points=100)
        ids = list(world.records)
        asked = {"issueIdsOrKeys": ids[:50], "fields": ["status"]}
        first = await jira.post(BULK, json=asked)
        assert first.headers["RateLimit-Policy"] == '"tenant-quota";q=100;w=3600'
        assert "RateLimit" not in first.headers, "told only when less than a fifth is left"
        second = await jira.post(BULK, json={**asked, "issueIdsOrKeys": ids[:40]})
        assert second.headers["RateLimit"] == '"tenant-quota";r=8;t=2700'
        assert second.headers["X-RateLimit-NearLimit"] == "true"
        await posted(jira, CHANGES, issueIdsOrKeys=ids[:20])
        refused = await jira.get(STATUS)
        assert refused.status_code == 429
        assert refused.headers["RateLimit-Reason"] == "jira-quota-tenant-based"
        assert refused.headers["Retry-After"] == "2700"
        assert datetime.fromisoformat(refused.headers["X-RateLimit-Reset"]).minute == 0
        await jira.post("/_twin/clock", json={"advance_ms": 2_700_000})
        assert (await jira.get(STATUS)).status_code == 200


async def test_an_apps_points_are_shared_by_its_sites(world: World) -> None:
    app = Quota(APP, 120)
    async with (
        running(world) as one,
        running(few()) as other,
        signed_in(one) as mine,
        signed_in(other) as theirs,
    ):
        for twin in (one, other):
            twin.site.judge = Judge(Limits(beta=True), app=app)
        await posted(mine, SEARCH, jql=ALL, maxResults=119)
        refused = await theirs.get(STATUS)
        assert refused.status_code == 429
        assert refused.headers["RateLimit-Reason"] == "jira-quota-global-based"
        assert refused.headers["Beta-RateLimit-Policy"] == f'"{APP}";q=120;w=3600'
        assert refused.headers["Beta-RateLimit"].startswith(f'"{APP}";r=0;t=')


async def test_several_policies_come_in_any_order(jira: httpx.AsyncClient) -> None:
    await limits(jira, app_points=1_000, tenant_points=1_000)
    said = {(await jira.get(STATUS)).headers["RateLimit-Policy"] for _ in range(20)}
    one, other = f'"{APP}";q=1000;w=3600', '"tenant-quota";q=1000;w=3600'
    assert said == {f"{one}, {other}", f"{other}, {one}"}


async def test_writes_to_one_issue_are_limited_by_the_issue(
    jira: httpx.AsyncClient, twin: Running
) -> None:
    await limits(jira, issue_writes=True)

    async def write(key: str, number: int) -> httpx.Response:
        return await jira.put(f"/rest/api/3/issue/{key}", json={"fields": {"summary": str(number)}})

    record = twin.world.find("CB-167")
    assert record is not None
    names = ["CB-167", "cb-167", record.id]
    answers = [await write(names[number % 3], number) for number in range(21)]
    assert [answer.status_code for answer in answers] == [204] * 20 + [429]
    assert answers[-1].headers["RateLimit-Reason"] == "jira-per-issue-on-write"
    assert (await write("CB-168", 1)).status_code == 204
    await jira.post("/_twin/clock", json={"advance_ms": 2_000})
    assert (await write("CB-167", 99)).status_code == 204
    issue = twin.world.issue(record.id)
    assert issue.fields["summary"] == "99"
    assert issue.entries[-1].items[0]["toString"] == "99"


async def test_a_reset_may_lack_its_seconds(jira: httpx.AsyncClient) -> None:
    await limits(jira, burst_scale=1, without_seconds=0.5)
    resets = {(await jira.get(STATUS)).headers["X-RateLimit-Reset"] for _ in range(30)}
    assert {len(reset) for reset in resets} == {
        len("2026-01-01T10:00Z"),
        len("2026-01-01T10:00:00Z"),
    }


async def test_a_gateway_refuses_with_no_word_of_when(jira: httpx.AsyncClient) -> None:
    await limits(jira, gateway=1)
    answer = await jira.get(STATUS)
    assert answer.status_code == 429
    assert "Retry-After" not in answer.headers
    assert "RateLimit-Reason" not in answer.headers
    await jira.delete("/_twin/limits")
    assert (await jira.get(STATUS)).status_code == 200


@pytest.mark.parametrize(
    "body", [{"fields": {}}, {"fields": {"status": "3"}}, {}, {"fields": {"labels": "one"}}]
)
async def test_a_write_that_means_nothing_is_refused(jira: httpx.AsyncClient, body: Any) -> None:
    assert (await jira.put("/rest/api/3/issue/CB-167", json=body)).status_code == 400
