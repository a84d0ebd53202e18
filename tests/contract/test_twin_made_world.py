"""A site made by seed: its fields by schema, its boards, and what changes without `updated`."""

from typing import Any

import httpx
import pytest

from tests.contract.twin_calls import BULK, CHANGES, posted
from twin.custom_fields import Role
from twin.life.founding import Founding, found
from twin.serving import Running
from twin.world import World


@pytest.fixture
def world() -> World:
    return found(Founding(issues=60, projects=2), seed=11)


async def all_of(jira: httpx.AsyncClient, path: str) -> list[Any]:
    values: list[Any] = []
    for _ in range(50):
        page = (await jira.get(path, params={"startAt": len(values)})).json()
        values += page["values"]
        if page["isLast"]:
            return values
    raise AssertionError("the walk does not end")


async def test_the_fields_of_jira_software_are_told_by_schema(
    jira: httpx.AsyncClient, twin: Running
) -> None:
    fields = (await jira.get("/rest/api/3/field")).json()
    by_custom: dict[str, list[str]] = {}
    for field in fields:
        by_custom.setdefault(field["schema"].get("custom", ""), []).append(field["id"])
    roles = twin.world.catalogue.roles
    for kind, role in (
        ("gh-sprint", Role.SPRINT),
        ("gh-epic-link", Role.EPIC_LINK),
        ("jsw-story-points", Role.TEAM_POINTS),
    ):
        assert by_custom[f"com.pyxis.greenhopper.jira:{kind}"] == [roles[role].id]
    system = "com.atlassian.jira.plugin.system.customfieldtypes"
    assert roles[Role.POINTS].id in by_custom[f"{system}:float"]
    assert len(by_custom[f"{system}:float"]) > 1, "a float alone does not say what it is for"
    assert roles[Role.FLAGGED].id in by_custom[f"{system}:multicheckboxes"]


async def test_a_board_says_what_it_estimates_with(jira: httpx.AsyncClient, twin: Running) -> None:
    roles = twin.world.catalogue.roles
    estimates = []
    for board in await all_of(jira, "/rest/agile/1.0/board"):
        own = (await jira.get(f"/rest/agile/1.0/board/{board['id']}/configuration")).json()
        assert own["estimation"]["type"] == "field"
        estimates.append(own["estimation"]["field"]["fieldId"])
        statuses = {
            one["id"] for column in own["columnConfig"]["columns"] for one in column["statuses"]
        }
        assert statuses == set(twin.world.catalogue.workflow(str(board["location"]["projectId"])))
    assert estimates == [roles[Role.POINTS].id, roles[Role.TEAM_POINTS].id]
    assert (await jira.get("/rest/agile/1.0/board/99/configuration")).status_code == 404


async def test_a_renamed_sprint_shows_in_issues_whose_updated_stays(
    jira: httpx.AsyncClient, twin: Running
) -> None:
    custom = twin.world.catalogue.roles[Role.SPRINT].id
    issue = next(one for one in twin.world.issues() if one.fields.get(custom))
    sprint = issue.fields[custom][-1]["id"]
    asked = {"issueIdsOrKeys": [issue.id], "fields": [custom, "updated"]}
    [before] = (await posted(jira, BULK, **asked))["issues"]
    twin.world.agile.sprints[sprint].name = "Something else"
    [after] = (await posted(jira, BULK, **asked))["issues"]
    assert before["fields"]["updated"] == after["fields"]["updated"]
    assert after["fields"][custom][-1]["name"] == "Something else"
    assert (await jira.get(f"/rest/agile/1.0/sprint/{sprint}")).json()["name"] == "Something else"
    listed = []
    for board in await all_of(jira, "/rest/agile/1.0/board"):
        listed += await all_of(jira, f"/rest/agile/1.0/board/{board['id']}/sprint")
    assert {one["id"] for one in listed} == set(twin.world.agile.sprints)


async def test_a_custom_field_has_its_id_in_changelogs_and_can_be_asked_for_by_it(
    jira: httpx.AsyncClient, twin: Running
) -> None:
    custom = twin.world.catalogue.roles[Role.SPRINT]
    ids = list(twin.world.records)
    page = await posted(jira, CHANGES, issueIdsOrKeys=ids, fieldIds=[custom.id])
    items = [
        item
        for log in page["issueChangeLogs"]
        for entry in log["changeHistories"]
        for item in entry["items"]
    ]
    assert items
    assert {(item["fieldId"], item["fieldtype"]) for item in items} == {(custom.id, "custom")}


async def test_life_goes_on_over_the_side_channel(jira: httpx.AsyncClient, twin: Running) -> None:
    before = sum(len(issue.entries) for issue in twin.world.issues())
    first = (await jira.post("/_twin/life", json={"seed": 3, "steps": 40})).json()
    then = (await jira.post("/_twin/life", json={"seed": 3, "steps": 2})).json()
    assert sum(then["done"].values()) == sum(first["done"].values()) + 2 == 42
    assert sum(len(issue.entries) for issue in twin.world.issues()) > before
