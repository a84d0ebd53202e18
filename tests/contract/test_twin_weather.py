"""The twin loses permissions, has a wrong clock, and answers badly, when it is asked to."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest

from tests.contract.twin_calls import BULK, CHANGES, COUNT, ME, SEARCH, few, posted, walk
from twin.life.founding import Founding, found
from twin.serving import Running
from twin.world import World

EVERYTHING = "created >= 0"


@pytest.fixture
def world() -> World:
    return few()


async def permit(jira: httpx.AsyncClient, **asked: Any) -> Any:
    answer = await jira.post("/_twin/permissions", json=asked)
    assert answer.status_code == 200
    return answer.json()["hidden"]


async def test_a_project_that_may_not_be_seen_is_gone_without_a_word(
    jira: httpx.AsyncClient, twin: Running
) -> None:
    lost = [record for record in twin.world.records.values() if record.project.key == "CLIMATE"]
    kept = {record.id for record in twin.world.records.values()} - {one.id for one in lost}
    assert await permit(jira, hide=["CLIMATE"]) == ["CLIMATE"]
    assert {id_ for page in await walk(jira, EVERYTHING) for id_ in page} == kept
    assert (await posted(jira, COUNT, jql=EVERYTHING))["count"] == len(kept)
    names = [lost[0].id, lost[1].key]
    body = await posted(jira, BULK, issueIdsOrKeys=names)
    assert body["issues"] == []
    assert body["issueErrors"] == []
    assert await posted(jira, CHANGES, issueIdsOrKeys=names) == {"issueChangeLogs": []}
    assert (await jira.get(f"/rest/api/3/issue/{lost[0].key}")).status_code == 404
    projects = (await jira.get("/rest/api/3/project/search")).json()["values"]
    assert [project["key"] for project in projects] == ["CB"]
    assert (await jira.post(SEARCH, json={"jql": "project = CLIMATE"})).status_code == 400
    people_go_on = await jira.post(f"/_twin/issues/{lost[0].key}", json={"assignee": "somebody"})
    assert people_go_on.status_code == 200
    assert await permit(jira, show=["CLIMATE"]) == []
    assert len([id_ for page in await walk(jira, EVERYTHING) for id_ in page]) > len(kept)


async def test_a_board_goes_with_its_project(jira: httpx.AsyncClient, twin: Running) -> None:
    made = found(Founding(issues=5, projects=2), seed=1)
    twin.world.agile = made.agile
    twin.world.catalogue = made.catalogue
    for project in made.all_projects():
        twin.world.add_project(project)
    twin.world.hidden.add("10000")
    boards = (await jira.get("/rest/agile/1.0/board")).json()["values"]
    assert [board["location"]["projectKey"] for board in boards] == ["BETA"]
    assert (await jira.get("/rest/agile/1.0/board/1/sprint")).status_code == 404


async def test_a_wrong_clock_shows_in_dates_and_in_what_is_written(
    jira: httpx.AsyncClient,
) -> None:
    ahead = timedelta(hours=-3)
    skew_ms = round(ahead.total_seconds() * 1000)
    await jira.post("/_twin/clock", json={"skew_ms": skew_ms})
    answer = await jira.get("/rest/api/3/serverInfo")
    told = parsedate_to_datetime(answer.headers["Date"])
    close = timedelta(seconds=30)
    assert abs(told - datetime.now(UTC) - ahead) < close
    assert abs(datetime.fromisoformat(answer.json()["serverTime"]) - told) < close
    edit = (await jira.post("/_twin/issues/CB-167", json={"status": "3"})).json()
    assert abs(datetime.fromtimestamp(edit["updated_ms"] / 1000, tz=UTC) - told) < close


async def outcomes(jira: httpx.AsyncClient, calls: int = 60) -> list[str]:
    found_: list[str] = []
    for _ in range(calls):
        try:
            answer = await jira.get(ME)
        except httpx.TransportError:
            found_.append("gone")
            continue
        if answer.status_code != 200:
            found_.append(f"{answer.status_code // 100}xx")
            continue
        try:
            found_.append("good" if "accountId" in (answer.json() or {}) else "broken")
        except ValueError:
            found_.append("broken")
    return found_


async def test_bad_weather_comes_by_seed_and_the_same_way_again(jira: httpx.AsyncClient) -> None:
    asked = {"seed": 9, "cut": 0.1, "dropped": 0.1, "broken": 0.2, "unavailable": 0.2, "slow": 0.1}
    seen = []
    for _ in range(2):
        await jira.post("/_twin/weather", json={**asked, "slow_ms": 5})
        seen.append(await outcomes(jira))
    assert seen[0] == seen[1]
    assert set(Counter(seen[0])) == {"good", "gone", "broken", "5xx"}
    await jira.post("/_twin/weather", json={})
    assert set(await outcomes(jira, 20)) == {"good"}


@pytest.mark.parametrize(
    "how",
    [
        {"fields": {"status": None, "created": 17, "issuetype": "x" * 100_000}},
        {"without": ["status", "project"]},
    ],
)
async def test_a_spoiled_issue_is_written_wrongly_until_it_is_edited(
    jira: httpx.AsyncClient, how: dict[str, Any]
) -> None:
    asked = {"issueIdsOrKeys": ["CB-167", "CB-168"]}
    good = (await posted(jira, BULK, **asked))["issues"]
    await jira.post("/_twin/issues/CB-167/spoil", json=how)
    spoilt = (await posted(jira, BULK, **asked))["issues"]
    [bad] = [one for one in spoilt if one not in good]
    assert bad["key"] == "CB-167"
    for name, value in how.get("fields", {}).items():
        assert bad["fields"][name] == value
    assert not set(how.get("without", ())) & set(bad["fields"])
    await jira.post("/_twin/issues/CB-167", json={"assignee": None})
    healed = (await jira.get("/rest/api/3/issue/CB-167")).json()
    assert healed["fields"]["status"]["id"]
