"""Who the twin lets in, and to what."""

import httpx
import pytest

from tests.contract.cloud_description import DESCRIPTION, answer_schema, problems
from tests.contract.twin_calls import ME
from twin.serving import Running

INFO = "/rest/api/3/serverInfo"


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


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "search/jql"),
        ("POST", "search/approximate-count"),
        ("POST", "issue/bulkfetch"),
        ("POST", "changelog/bulkfetch"),
        ("GET", "status"),
        ("GET", "field"),
    ],
)
async def test_an_expired_token_is_answered_as_nobodys(
    jira: httpx.AsyncClient, method: str, path: str
) -> None:
    """Where anybody may ask: nothing, a header that says so, and in the shape that is described."""
    await jira.post("/_twin/token", json={"token": "other", "lenient": True})
    answer = await jira.request(method, f"/rest/api/3/{path}", json={"jql": "created >= 0"})
    assert answer.status_code == 200
    assert answer.headers["X-Seraph-LoginReason"] == "AUTHENTICATED_FAILED"
    if DESCRIPTION.exists():
        schema = answer_schema(method.lower(), f"/rest/api/3/{path}")
        assert not problems(answer.json(), schema)
    assert (await jira.get(ME)).status_code == 401


async def test_a_token_that_is_changed_stops_working(jira: httpx.AsyncClient) -> None:
    await jira.post("/_twin/token", json={"token": "other"})
    assert (await jira.get(ME)).status_code == 401
    assert (await jira.get(ME, auth=("a@b", "other"))).status_code == 200


async def test_what_is_not_there_answers_in_jiras_shape(jira: httpx.AsyncClient) -> None:
    missing = await jira.get("/rest/api/3/dashboard")
    assert (missing.status_code, set(missing.json())) == (404, {"errorMessages", "errors"})
    wrong = await jira.delete(ME)
    assert (wrong.status_code, set(wrong.json())) == (405, {"errorMessages", "errors"})
