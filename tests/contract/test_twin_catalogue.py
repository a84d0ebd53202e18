"""The twin names its types, statuses, projects and fields as Jira Cloud does."""

import httpx

from tests.contract.twin_calls import BULK, posted
from twin.serving import Running


async def test_issue_types_have_their_level(jira: httpx.AsyncClient, twin: Running) -> None:
    levels = {}
    ids = list(twin.world.records)
    for start in range(0, len(ids), 100):
        body = await posted(
            jira, BULK, issueIdsOrKeys=ids[start : start + 100], fields=["issuetype"]
        )
        for issue in body["issues"]:
            kind = issue["fields"]["issuetype"]
            levels[kind["name"]] = (kind["hierarchyLevel"], kind["subtask"])
    assert levels["Epic"] == (1, False)
    assert levels["Sub-task"] == levels["Technical task"] == (-1, True)
    standard = {level for name, level in levels.items() if name in {"Bug", "Story", "Task"}}
    assert standard == {(0, False)}


async def test_statuses_have_categories_and_projects_are_paged(
    jira: httpx.AsyncClient, twin: Running
) -> None:
    statuses = {one["id"]: one for one in (await jira.get("/rest/api/3/status")).json()}
    assert statuses["10000"]["statusCategory"]["key"] == "indeterminate"
    named = {
        item["to"]
        for one in twin.world.issues()
        for entry in one.entries
        for item in entry.items
        if item["field"] == "status"
    }
    assert named <= set(statuses), "no changelog names a status the site does not know"
    keys: list[str] = []
    for start in range(0, 22, 5):
        page = await jira.get(
            "/rest/api/3/project/search", params={"startAt": start, "maxResults": 5}
        )
        assert page.json()["isLast"] is (start == 20)
        keys += [project["key"] for project in page.json()["values"]]
    assert len(keys) == 22
    assert keys == sorted(keys)


async def test_it_is_jira_cloud(jira: httpx.AsyncClient, twin: Running) -> None:
    info = (await jira.get("/rest/api/3/serverInfo")).json()
    assert (info["deploymentType"], info["baseUrl"]) == ("Cloud", twin.origin)
    assert (await jira.get("/rest/api/3/myself")).json()["accountId"].startswith("712020:")
    fields = {field["id"]: field for field in (await jira.get("/rest/api/3/field")).json()}
    assert fields["status"]["schema"] == {"type": "status", "system": "status"}
    assert fields["customfield_10000"]["custom"] is True
