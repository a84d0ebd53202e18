"""Jira Cloud's REST API v3, as far as the product asks (PROTOCOLS.md)."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import quote

import aiohttp

from services.chassis.clock import Clock
from services.kernel.errors import SiteUnreachable
from services.kernel.ids import Instant, IssueId
from services.sync.domain import site_clock
from services.sync.domain.ledger import Found
from services.sync.domain.site import Site
from services.sync.domain.translate import FIELDS
from services.sync.sources import boards, checking, lists, shapes
from services.sync.sources.allowances import Allowance, AtOnce
from services.sync.sources.answers import BrokenOff, NotJson, PageRefused, SiteRefuses
from services.sync.sources.judging import UNAUTHORIZED, NotNow, judge
from services.sync.sources.paging import pages
from services.sync.sources.shapes import created, found, identity, member, number, objects
from services.sync.sources.transport import beginning, bounded_body, headers_of

Json = dict[str, Any]

IDS_PER_SWEEP_PAGE = 5000
CHANGELOG_ENTRIES_PER_PAGE = 10_000


@dataclass(frozen=True, slots=True)
class Credential:
    """An account's e-mail address and API token."""

    email: str
    api_token: str

    def __repr__(self) -> str:
        return "Credential(…)"


class JiraCloud:
    """One site, seen with one credential, which is sent to no other address.

    Every call raises SiteUnreachable (worth another try), Wait (the site says when),
    CredentialRefused (never to be tried again) or SiteRefuses (of no use to try again).
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        site: Site,
        credential: Credential,
        clock: Clock,
        *,
        allowance: Allowance | None = None,
        slots: AbstractAsyncContextManager[object] | None = None,
    ) -> None:
        self._session = session
        self._allowance = allowance or AtOnce(clock)
        self._slots = slots or nullcontext()
        self._site = site
        self._anonymous = {"Accept": "application/json"}
        signed = aiohttp.encode_basic_auth(credential.email, credential.api_token, "utf-8")
        self._signed = {**self._anonymous, "Authorization": signed}
        self._clock = clock
        self._behind = 0

    @property
    def behind(self) -> int:
        """By how many milliseconds at most the site's clock is behind ours, as its answers say."""
        return self._behind

    async def check(self, question: str) -> None:
        """Make sure that a Jira Cloud site answers, and takes credential and question.

        SiteNotJira, CredentialRefused, OutOfScope; PageRefused where it is the question ("": none).
        """
        await checking.check(self._call, self._site, question)

    async def statuses(self) -> list[Json]:
        """Read the statuses the site has now."""
        return objects(await self._call("GET", "/rest/api/3/status"))

    async def fields(self) -> list[Json]:
        """Read the fields the site has now."""
        return objects(await self._call("GET", "/rest/api/3/field"))

    async def estimating(self) -> set[str] | None:
        """Tell which fields the first boards estimate with; None where they are not shown."""
        return await boards.estimating(self._call)

    async def accounts(self, ids: Sequence[str]) -> list[Json] | None:
        """Read up to fifty accounts by their ids; None where people are not shown."""
        return await lists.accounts(self._call, ids)

    async def paged(self, path: str, most: int) -> list[Json] | None:
        """Read a list that is paged by offset, so much of it at most; None where not shown."""
        return await lists.paged(self._call, path, most)

    async def sweep(self, jql: str, *, dated: bool = False) -> AsyncIterator[list[Found]]:
        """List the issues a question finds, page by page; `dated` with when each was last changed.

        Ids alone come in larger pages. SiteUnreachable where the site breaks off: what comes of a
        list that is asked for again may be whole.
        """
        fields = ["updated"] if dated else ["id"]
        body: Json = {"jql": jql, "maxResults": IDS_PER_SWEEP_PAGE, "fields": fields}
        ask = partial(self._post, "/rest/api/3/search/jql")
        try:
            async for rows in pages(ask, body, rows="issues"):
                yield [found(row) for row in rows]
        except BrokenOff as broken:
            raise SiteUnreachable(str(broken)) from broken

    async def history_total(self, issue_id: IssueId) -> int | None:
        """Tell how many rows an issue's changelog has; None where the site does not say."""
        path = f"/rest/api/3/issue/{quote(issue_id, safe='')}/changelog?maxResults=1"
        return await self._number("total", "GET", path)

    async def estimate(self, jql: str) -> int | None:
        """Tell how many issues the site guesses a question finds; None where it does not say."""
        path = "/rest/api/3/search/approximate-count"
        return await self._number("count", "POST", path, body={"jql": jql})

    async def oldest(self, jql: str) -> Instant | None:
        """Tell when the first issue was made that a question finds; None where that is not said."""
        body = {"jql": jql, "maxResults": 1, "fields": ["created"]}
        page = await self._post("/rest/api/3/search/jql", body)
        return created(objects(member(page, "issues")))

    async def _number(
        self, name: str, method: str, path: str, *, body: Json | None = None
    ) -> int | None:
        try:
            return number(await self._call(method, path, body=body), name)
        except SiteRefuses:
            return None

    async def taken(self, jqls: Sequence[str]) -> list[bool]:
        """Tell of up to ten questions whether the site takes them: all that they name is shown."""
        body = {"jqls": list(jqls), "issueIds": [1]}
        answer = await self._post("/rest/api/3/jql/match", body)
        matches = objects(member(answer, "matches"))
        if len(matches) != len(jqls):
            raise SiteRefuses("the site does not say what it takes")
        return [not match.get("errors") for match in matches]

    async def matching(self, jql: str, ids: Sequence[IssueId]) -> set[IssueId]:
        """Tell which of some issues are what a question asks for, whatever the index shows.

        PageRefused where the site cannot read the question.
        """
        numbers = [int(issue_id) for issue_id in ids]
        body = {"jqls": [jql], "issueIds": numbers}
        answer = await self._post("/rest/api/3/jql/match", body)
        [match] = objects(member(answer, "matches"))[:1] or [{}]
        if match.get("errors") or not isinstance(match.get("matchedIssues"), list):
            raise PageRefused("the site cannot read the question")
        return {IssueId(identity(each)) for each in match["matchedIssues"]}

    async def issues(self, ids: Sequence[str], also: Sequence[str] = ()) -> list[Json]:
        """Read up to 100 issues by id; those that are gone, or not shown to us, are left out.

        SiteUnreachable where one is there and could not be given: it is not to be taken for gone.
        """
        body = {"issueIdsOrKeys": list(ids), "fields": [*FIELDS, *also]}
        answer = await self._post("/rest/api/3/issue/bulkfetch", body)
        for issue_id in shapes.not_given(answer):
            with suppress(SiteRefuses):
                await self._call("GET", f"/rest/api/3/issue/{quote(issue_id, safe='')}?fields=id")
                raise SiteUnreachable("the site could not give an issue that is there")
        return objects(member(answer, "issues"))

    async def changelogs(self, ids: Sequence[str]) -> dict[str, list[Json]]:
        """Read the whole changelog of up to 1,000 issues: rows by issue id.

        Pages are cut by entries and not by issues, so that one issue's rows may span several.
        BrokenOff where the site does not go on: with fewer issues it might.
        """
        found: dict[str, list[Json]] = {}
        body: Json = {"issueIdsOrKeys": list(ids), "maxResults": CHANGELOG_ENTRIES_PER_PAGE}
        ask = partial(self._post, "/rest/api/3/changelog/bulkfetch")
        async for logs in pages(ask, body, rows="issueChangeLogs"):
            for log in logs:
                histories = objects(member(log, "changeHistories"))
                found.setdefault(identity(member(log, "issueId")), []).extend(histories)
        return found

    async def _post(self, path: str, body: Json) -> Any:  # noqa: ANN401 - JSON
        return await self._call("POST", path, body=body)

    async def _call(
        self, method: str, path: str, *, body: Json | None = None, authenticated: bool = True
    ) -> Any:  # noqa: ANN401 - JSON
        turn = self._allowance.turn(method, path)
        while True:
            await turn.come()
            try:
                answer, headers = await self._ask(
                    method, path, body=body, authenticated=authenticated
                )
            except NotNow as later:
                # All that is asked only reads: it may be asked again.
                await turn.refused(later.headers)
            else:
                await turn.answered(headers, answer)
                return answer

    async def _ask(
        self, method: str, path: str, *, body: Json | None, authenticated: bool
    ) -> tuple[Any, Mapping[str, str]]:
        try:
            async with (
                self._slots,
                self._session.request(
                    method,
                    self._site.origin + path,
                    json=body,
                    headers=self._signed if authenticated else self._anonymous,
                    allow_redirects=False,
                ) as answer,
            ):
                headers = headers_of(answer)
                late = site_clock.behind(headers.get("Date"), self._clock())
                self._behind = max(self._behind, late or 0)
                said = await beginning(answer) if answer.status == UNAUTHORIZED else b""
                judge(answer.status, headers, said)
                return json.loads(await bounded_body(answer)), headers
        except (aiohttp.ClientError, TimeoutError, OSError) as away:
            raise SiteUnreachable(type(away).__name__) from away
        except RecursionError as endless:
            raise PageRefused("the site's answer is nested too deeply") from endless
        except ValueError as garbled:
            # What stands between us and the site says so now and then; the site itself does not.
            raise NotJson("an answer that is not JSON") from garbled
