"""What a Jira Cloud site may answer, and what each answer means."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

import pytest
from aiohttp import web

from services.kernel.errors import SiteUnreachable
from services.sync.domain.ledger import Found
from services.sync.domain.site import Site
from services.sync.sources.answers import CredentialRefused, PageRefused, SiteRefuses, Wait
from services.sync.sources.jira_cloud import JiraCloud
from services.sync.sources.paging import MOST_IDLE
from services.sync.sources.transport import site_sessions
from tests.unit.sync_sites import CREDENTIAL, Server, serving


def answering(body: object, *, status: int = 200, headers: dict[str, str] | None = None) -> Server:
    """Make a server that answers every call of the product's alike."""
    paths = ("status", "search/jql", "issue/bulkfetch", "changelog/bulkfetch", "myself")
    text = body if isinstance(body, str) else json.dumps(body)
    made = partial(web.Response, text=text, status=status, headers=headers)
    return Server(answers={f"/rest/api/3/{path}": made for path in paths})


@asynccontextmanager
async def jira_that_says(server: Server) -> AsyncIterator[JiraCloud]:
    """Open a site at a server."""
    async with AsyncExitStack() as stack:
        site = await stack.enter_async_context(serving(server))
        _, registered = await stack.enter_async_context(site_sessions())
        yield JiraCloud(registered, Site(site.origin, registered=True), CREDENTIAL, lambda: 1000)


async def _swept(jira: JiraCloud) -> list[list[Found]]:
    return [found async for found in jira.sweep("created >= 0")]


@pytest.mark.parametrize(
    "body",
    [
        "[" * 100_000,
        "null",
        "[]",
        "{}",
        '{"issues": {}}',
        '{"issues": [7]}',
        '{"issues": [{}], "issueChangeLogs": [{}]}',
        '{"issues": 5, "issueChangeLogs": [{"issueId": "1"}]}',
        '{"issues": null, "issueChangeLogs": [{"issueId": "1", "changeHistories": [1]}]}',
    ],
)
async def test_answers_of_another_shape_are_unusable(body: str) -> None:
    """What lacks what it must hold is the site's fault, told as such, and no crash of ours."""
    async with jira_that_says(answering(body)) as jira:
        with pytest.raises(SiteRefuses):
            await jira.changelogs(["1"])
        with pytest.raises(SiteRefuses):
            await _swept(jira)


@pytest.mark.parametrize("issue_id", [None, True, 1.5, {}])
async def test_a_history_of_no_issue_is_for_a_smaller_page(issue_id: object) -> None:
    """A row that names its issue in a way that cannot be read costs that one alone."""
    body = {"issues": [], "issueChangeLogs": [{"issueId": issue_id, "changeHistories": []}]}
    async with jira_that_says(answering(body)) as jira:
        with pytest.raises(PageRefused):
            await jira.changelogs(["1"])


@pytest.mark.parametrize("there", [False, True])
async def test_an_issue_that_could_not_be_given_is_not_gone(*, there: bool) -> None:
    """What a site says of it is an error beside the others; whether it is there, is asked."""
    body = {"issues": [], "issueErrors": [{"id": "7", "errorMessage": "Try again."}]}
    server = answering(body)
    status = 200 if there else 404
    server.answers["/rest/api/3/issue/7"] = lambda: web.json_response({}, status=status)
    async with jira_that_says(server) as jira:
        if there:
            with pytest.raises(SiteUnreachable):
                await jira.issues(["7"])
        else:
            assert await jira.issues(["7"]) == []


@pytest.mark.parametrize("body", ["<html>", "", '{"issues": ['])
async def test_an_answer_that_is_not_json_is_worth_another_try(body: str) -> None:
    """Something between us and the site said it, or it was cut short."""
    async with jira_that_says(answering(body)) as jira:
        with pytest.raises(SiteUnreachable):
            await jira.changelogs(["1"])


@pytest.mark.parametrize(
    ("status", "headers", "error"),
    [
        (401, {}, CredentialRefused),
        (403, {"X-Authentication-Denied-Reason": "CAPTCHA_CHALLENGE"}, CredentialRefused),
        (200, {"X-Seraph-LoginReason": "AUTHENTICATED_FAILED"}, CredentialRefused),
        (404, {"X-Seraph-LoginReason": "AUTHENTICATION_DENIED"}, CredentialRefused),
        (403, {"X-Seraph-LoginReason": "OK"}, SiteRefuses),
        (403, {}, SiteRefuses),
        (400, {}, SiteRefuses),
        (410, {}, SiteRefuses),
        (302, {"Location": "/"}, SiteRefuses),
        (429, {}, Wait),
        (429, {"Retry-After": "7"}, Wait),
        (503, {"Retry-After": "7"}, Wait),
        (503, {}, SiteUnreachable),
        (500, {}, SiteUnreachable),
    ],
)
async def test_what_a_status_means(
    status: int, headers: dict[str, str], error: type[Exception]
) -> None:
    """Refused credentials, patience, faltering and refusals are told apart."""
    async with jira_that_says(answering("{}", status=status, headers=headers)) as jira:
        with pytest.raises(error):
            await jira.statuses()


@pytest.mark.parametrize(
    ("token", "of_sweep", "of_changelogs"),
    [("again", SiteUnreachable, PageRefused), (7, SiteRefuses, SiteRefuses)],
)
async def test_a_page_token_that_repeats(
    token: object, of_sweep: type[Exception], of_changelogs: type[Exception]
) -> None:
    """A site that gives the same token for ever holds no worker for ever; it is asked again later.

    Of changelogs fewer issues are asked for: it may be one of them that it stumbles over.
    """
    page = {"issues": [{"id": 1}], "issueChangeLogs": [], "nextPageToken": token}
    async with jira_that_says(answering(page)) as jira:
        with pytest.raises(of_sweep):
            await _swept(jira)
        with pytest.raises(of_changelogs):
            await jira.changelogs(["1"])


@dataclass
class Endless(Server):
    """A site whose every page has another token, and the same rows; at last it ends, or never."""

    rows: list[dict[str, object]] = field(default_factory=list)
    last: int = 10_000
    pages: int = 0

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.pages += 1
        more = {"nextPageToken": f"t{self.pages}"} if self.pages < self.last else {}
        return web.json_response({"issues": self.rows, "issueChangeLogs": [], **more})


@pytest.mark.parametrize("rows", [[], [{"id": 1}]])
async def test_pages_without_anything_that_is_not_known(rows: list[dict[str, object]]) -> None:
    """A list that goes on so holds no worker for ever; it is asked for again later."""
    async with jira_that_says(site := Endless(rows=rows)) as jira:
        with pytest.raises(SiteUnreachable):
            await _swept(jira)
        with pytest.raises(PageRefused):
            await jira.changelogs(["1"])
        assert site.pages <= 2 * (MOST_IDLE + 1)


async def test_some_pages_in_between_are_empty() -> None:
    """A list may hold some, and goes on behind them."""
    async with jira_that_says(site := Endless(last=MOST_IDLE)) as jira:
        assert await _swept(jira) == [[]] * MOST_IDLE
    assert site.pages == MOST_IDLE


class Forgetful(Server):
    """A site whose first page is good, and whose token for the second has expired."""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        if "nextPageToken" in await request.json():
            return web.json_response({}, status=400)
        return web.json_response(
            {"issues": [{"id": 1}], "issueChangeLogs": [], "nextPageToken": "t"}
        )


async def test_a_page_token_that_is_refused() -> None:
    """Asked from the beginning the site may go on; a question that it refuses at once is refused.

    What it was asked for is not at fault: a first FULL that met it once would never be done.
    """
    async with jira_that_says(Forgetful()) as jira:
        with pytest.raises(SiteUnreachable):
            await _swept(jira)
        with pytest.raises(PageRefused):
            await jira.changelogs(["1"])
    async with jira_that_says(answering("{}", status=400)) as jira:
        with pytest.raises(PageRefused):
            await _swept(jira)


async def test_an_endless_answer_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer larger than any the product asks for does not fill the memory."""
    monkeypatch.setattr("services.sync.sources.transport.LARGEST_ANSWER", 1000)
    async with jira_that_says(answering(["x" * 2000])) as jira:
        with pytest.raises(SiteRefuses, match="too large"):
            await jira.statuses()


async def test_one_issues_entries_on_several_pages_are_put_together() -> None:
    """Changelog pages are cut by entries: what an issue has on each belongs together."""
    first = {"issueChangeLogs": [{"issueId": 1, "changeHistories": [{"id": "5"}]}]}
    second = {"issueChangeLogs": [{"issueId": "1", "changeHistories": [{"id": "6"}]}]}

    class Paged(Server):
        async def answer(self, request: web.Request) -> web.StreamResponse:
            asked = await request.json()
            if asked.get("nextPageToken") == "more":
                return web.json_response(second)
            return web.json_response({**first, "nextPageToken": "more"})

    async with jira_that_says(Paged()) as jira:
        assert await jira.changelogs(["1"]) == {"1": [{"id": "5"}, {"id": "6"}]}


def test_a_credential_shows_nothing_of_itself() -> None:
    """Logged by accident, it says neither address nor token."""
    assert "the-token" not in repr(CREDENTIAL)
    assert "ann" not in f"{CREDENTIAL} {[CREDENTIAL]}"
