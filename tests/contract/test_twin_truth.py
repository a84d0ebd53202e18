"""The twin tells the truth about itself, whatever it answers on the calls of Jira."""

from typing import Any

import httpx
import pytest

from tests.contract.twin_calls import BUNDLED, all_changes, posted, signed_in
from tests.reference.data import data_folder, load_categories, load_issues
from tests.reference.metrics import figures_of
from tests.reference.truth import figures_of_truth, stored_of_truth
from tests.reference.windows import WINDOWS, Window
from twin.life.founding import Founding, found
from twin.serving import Running, running
from twin.site import Site
from twin.truth import truth_of
from twin.world import World

DAY_MS = 86_400_000


@pytest.fixture
def world() -> World:
    return found(Founding(issues=60, projects=3), seed=31)


async def told(jira: httpx.AsyncClient, **query: Any) -> Any:
    return (await jira.get("/_twin/truth", params=query)).json()


async def test_it_is_what_a_good_day_answers_and_stays_so_on_a_bad_one(
    jira: httpx.AsyncClient, twin: Running
) -> None:
    truth = await told(jira)
    assert [issue["id"] for issue in truth["issues"]] == [one.id for one in twin.world.issues()]
    for issue in truth["issues"][:20]:
        own = (await jira.get(f"/rest/api/3/issue/{issue['key']}")).json()
        assert {**own["fields"], **issue["fields"]} == own["fields"]
    ids = [issue["id"] for issue in truth["issues"]]
    rows: dict[str, list[Any]] = {}
    for page in await all_changes(jira, ids):
        for log in page:
            rows.setdefault(log["issueId"], []).extend(log["changeHistories"])
    assert rows == {
        issue["id"]: issue["changelog"]["histories"]
        for issue in truth["issues"]
        if issue["changelog"]["histories"]
    }
    await jira.post("/_twin/index", json={"least_ms": 60_000, "most_ms": 60_000})
    await jira.post("/_twin/weather", json={"broken": 1})
    await jira.post(f"/_twin/issues/{ids[0]}/spoil", json={"fields": {"status": None}})
    assert await told(jira) == truth


async def test_what_may_not_be_seen_is_told_only_when_it_is_asked_for(
    jira: httpx.AsyncClient, twin: Running
) -> None:
    everything = await told(jira)
    await jira.post("/_twin/permissions", json={"hide": ["ALPHA"]})
    seen = {issue["fields"]["project"]["key"] for issue in (await told(jira))["issues"]}
    assert seen == {"BETA", "GAMMA"}
    assert await told(jira, hidden="true") == everything


async def test_what_must_be_stored_counts_every_changelog_entry(
    jira: httpx.AsyncClient, twin: Running
) -> None:
    stored = stored_of_truth(await told(jira))
    for issue in twin.world.issues():
        own = stored[issue.id]
        assert own["history_count"] == len(issue.entries)
        assert own["updated"] == issue.updated_ms
        moved = [change for change in own["changes"] if change[3] == "Key"]
        moves = [item for entry in issue.entries for item in entry.items if item["field"] == "Key"]
        assert [(row[5], row[7]) for row in moved] == [
            (item["fromString"], item["toString"]) for item in moves
        ]


@pytest.mark.parametrize("window", WINDOWS, ids=lambda window: window.name)
def test_over_the_real_issues_a_summary_is_the_one_of_the_raw_data(window: Window) -> None:
    folder = data_folder()
    assert folder is not None
    raw = figures_of(load_issues(folder), load_categories(folder), window)
    truth = truth_of(Site(BUNDLED, origin="http://127.0.0.1")).as_json()
    ours = figures_of_truth(
        truth,
        start=window.start,
        end=window.end,
        as_of=window.as_of,
        time_zone=window.time_zone,
        projects=window.projects,
        issue_types=window.issue_types,
    )
    assert ours["executive_summary"] == raw["executive_summary"]
    assert ours["bottlenecks"] == raw["bottlenecks"]


async def test_a_made_world_has_a_summary_worth_comparing() -> None:
    now_ms = 1_800_000_000_000
    world = found(Founding(issues=500), seed=4, now_ms=now_ms)
    async with running(world) as twin, signed_in(twin) as jira:
        truth = await told(jira)
        assert (await posted(jira, "/rest/api/3/search/approximate-count", jql="created >= 0"))[
            "count"
        ] == len(truth["issues"])
    said = figures_of_truth(truth, start=now_ms - 30 * DAY_MS, end=now_ms, as_of=now_ms)
    summary = said["executive_summary"]["figures"]
    assert summary["created"] > 3
    assert summary["throughput"] > 3
    assert summary["wip"] > 3
    assert said["executive_summary"]["top_bottleneck_status_id"] in truth["categories"]
    assert said["workload"]["people"]
