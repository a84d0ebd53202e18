"""The twin gives issues as Jira Cloud does, and all of them."""

import json

import httpx
import pytest

from tests.contract.twin_calls import BULK, all_changes, posted
from twin.serving import Running
from twin.wire import account_id


async def test_issues_come_by_ascending_id_each_once(
    jira: httpx.AsyncClient, twin: Running
) -> None:
    ids = list(twin.world.records)[:100]
    again = twin.world.issue(ids[1]).key  # asked for by id, too
    body = await posted(jira, BULK, issueIdsOrKeys=[again, *reversed(ids[1:])])
    assert len(body["issues"]) == 99
    found = [int(issue["id"]) for issue in body["issues"]]
    assert found == sorted(set(found))
    assert body["issueErrors"] == []


async def test_a_missing_issue_is_left_out(jira: httpx.AsyncClient) -> None:
    """As is described: an error is told only of what is there and could not be given."""
    body = await posted(jira, BULK, issueIdsOrKeys=["CB-167", "999", "NOPE-1"])
    assert [issue["key"] for issue in body["issues"]] == ["CB-167"]
    assert body["issueErrors"] == []


async def test_an_issue_that_cannot_be_given_is_an_error_beside_the_others(
    jira: httpx.AsyncClient, twin: Running
) -> None:
    one, other = list(twin.world.records)[:2]
    twin.site.withheld = {one}
    body = await posted(jira, BULK, issueIdsOrKeys=[one, other, "999"])
    assert [issue["id"] for issue in body["issues"]] == [other]
    assert [error["id"] for error in body["issueErrors"]] == [one]
    assert (await jira.get(f"/rest/api/3/issue/{one}")).status_code == 200


async def test_a_moved_issue_is_found_by_each_of_its_keys(jira: httpx.AsyncClient) -> None:
    for name in ("FLEX-33084", "flex-33084", "FLEXSTAG-26", "FLEX-9"):
        body = await posted(jira, BULK, issueIdsOrKeys=[name], fields=["key"])
        assert [issue["key"] for issue in body["issues"]] == ["FLEX-33084"], name
        assert (await jira.get(f"/rest/api/3/issue/{name}")).json()["key"] == "FLEX-33084"


@pytest.mark.parametrize("number", [0, 101])
async def test_none_and_more_than_a_hundred_are_refused(
    jira: httpx.AsyncClient, twin: Running, number: int
) -> None:
    ids = list(twin.world.records)[:number]
    answer = await jira.post(BULK, json={"issueIdsOrKeys": ids})
    assert answer.status_code == 400
    assert answer.json()["errorMessages"]


async def test_fields_are_chosen_by_name_and_group(jira: httpx.AsyncClient) -> None:
    async def names(*fields: str) -> set[str]:
        body = await posted(jira, BULK, issueIdsOrKeys=["CB-167"], fields=list(fields))
        return set(body["issues"][0]["fields"])

    assert await names("status", "assignee") == {"status", "assignee"}
    assert {"summary", "status", "created"} <= await names() == await names("*navigable")
    assert "comment" not in await names()
    assert await names("*all") - await names() == {"comment", "worklog"}
    assert await names("*all", "-comment") == await names("*all") - {"comment"}


async def test_people_are_accounts_without_name_key_or_address(
    jira: httpx.AsyncClient, twin: Running
) -> None:
    ids = list(twin.world.records)[:100]
    body = await posted(jira, BULK, issueIdsOrKeys=ids, fields=["*all"])
    pages = await all_changes(jira, ids)
    text = json.dumps([body, pages])
    assert "person-0" not in text
    assert "emailAddress" not in text
    reporter = next(i for i in body["issues"] if i["key"] == "ANY23-174")["fields"]["reporter"]
    assert reporter["accountId"] == account_id("person-0001")
    assert reporter["displayName"] == "Person 0001"
    assert not {"name", "key"} & set(reporter)


async def test_prose_is_an_atlassian_document(jira: httpx.AsyncClient) -> None:
    issue = (await jira.get("/rest/api/3/issue/ANY23-174")).json()
    for document in (
        issue["fields"]["description"],
        *(comment["body"] for comment in issue["fields"]["comment"]["comments"]),
    ):
        assert document["type"] == "doc"
        assert document["version"] == 1
        assert document["content"][0]["type"] == "paragraph"


@pytest.mark.parametrize("path", ["/rest/api/3/issue/NOPE-1", "/rest/api/3/issue/NOPE-1/changelog"])
async def test_an_issue_that_is_not_there_is_404(jira: httpx.AsyncClient, path: str) -> None:
    answer = await jira.get(path)
    assert answer.status_code == 404
    assert answer.json() == {
        "errorMessages": ["Issue does not exist or you do not have permission to see it."],
        "errors": {},
    }
