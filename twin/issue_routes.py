"""The calls about issues: search, count, bulk fetch, and one by its id or key."""

from collections.abc import Iterable
from operator import attrgetter

from aiohttp import web

from twin.answers import NO_SUCH_ISSUE, Refusal, compact, removed
from twin.fieldset import wanted_fields
from twin.history import JsonObject
from twin.issue_wire import issue_bean
from twin.jql import parse
from twin.records import Record
from twin.requests import (
    MAX_BULK_ISSUES,
    BulkIssuesRequest,
    CountRequest,
    SearchRequest,
    body_of,
    query_of,
)
from twin.searching import index_after, matching, position
from twin.site import SITE, Site

MAX_IDS_PER_PAGE = 5_000
MAX_ISSUES_PER_PAGE = 100  # Jira gives fewer than asked for where fields are wanted

routes = web.RouteTableDef()


@routes.get("/rest/api/3/search/jql")
async def search_by_query(request: web.Request) -> web.Response:
    """Search with query parameters."""
    return _search(request.app[SITE], query_of(request))


@routes.post("/rest/api/3/search/jql")
async def search_by_body(request: web.Request) -> web.Response:
    """Search with a body."""
    return _search(request.app[SITE], await body_of(request, SearchRequest))


@routes.post("/rest/api/3/search/approximate-count")
async def count(request: web.Request) -> web.Response:
    """Count what a query matches."""
    asked = await body_of(request, CountRequest)
    found = matching(request.app[SITE].world, parse(asked.jql))
    return answer({"count": len(found)})


@routes.view("/rest/api/3/search")
@routes.view("/rest/api/2/search")
class RemovedSearch(web.View):
    """The search with offsets, which Jira took away."""

    async def get(self) -> web.Response:
        """Say so."""
        return removed()

    post = get


@routes.post("/rest/api/3/issue/bulkfetch")
async def bulk_issues(request: web.Request) -> web.Response:
    """Fetch up to a hundred issues by id or key."""
    site, asked = request.app[SITE], await body_of(request, BulkIssuesRequest)
    names = requested_names(asked.issue_ids_or_keys, most=MAX_BULK_ISSUES)
    found = {name: site.world.find(name) for name in names}
    records = {record.id: record for record in found.values() if record is not None}
    wanted = wanted_fields(asked.fields_, default="*navigable")
    beans = [
        issue_bean(site.wire, site.world.issue(record.id), wanted=wanted)
        for record in sorted(records.values(), key=attrgetter("number"))
    ]
    missing = [name for name, record in found.items() if record is None]
    errors = [{"id": name, "errorMessage": NO_SUCH_ISSUE} for name in missing]
    return answer({"issues": beans, "issueErrors": errors})


@routes.get("/rest/api/3/issue/{idOrKey}")
async def one_issue(request: web.Request) -> web.Response:
    """Give one issue by id, key or former key."""
    site, record = request.app[SITE], requested_record(request)
    wanted = wanted_fields(request.query.getall("fields", []), default="*all")
    return answer(issue_bean(site.wire, site.world.issue(record.id), wanted=wanted))


def requested_record(request: web.Request) -> Record:
    """Find the issue the path names; Refusal when it is not there."""
    record = request.app[SITE].world.find(request.match_info["idOrKey"])
    if record is None:
        raise Refusal(NO_SUCH_ISSUE, status=404)
    return record


def requested_names(names: Iterable[str], *, most: int) -> list[str]:
    """Give the ids and keys asked for, each once; Refusal when none or too many."""
    unique = list(dict.fromkeys(names))
    if not unique:
        raise Refusal("At least one issue ID or key must be provided.")
    if len(unique) > most:
        raise Refusal(f"Too many issue IDs or keys were provided; the maximum is {most}.")
    return unique


def answer(value: object) -> web.Response:
    """Answer with JSON."""
    return web.json_response(value, dumps=compact)


def _search(site: Site, asked: SearchRequest) -> web.Response:
    """Give one page: as many as asked for, or as many as Jira gives with these fields."""
    query = parse(asked.jql)
    found = matching(site.world, query)
    tied_to = asked.model_dump(mode="json", include={"jql", "fields_", "reconcile_issues"})
    start = 0
    if asked.next_page_token:
        cursor = site.pages.cursor(asked.next_page_token, request=tied_to)
        start = index_after(found, query.order, cursor)
    if asked.max_results < 1:
        raise Refusal("maxResults must be at least 1.")
    ids_only = set(asked.fields_) <= {"id"}
    most = MAX_IDS_PER_PAGE if set(asked.fields_) <= {"id", "key"} else MAX_ISSUES_PER_PAGE
    end = start + min(asked.max_results, most)
    page = found[start:end]
    issues = [{"id": record.id} for record in page] if ids_only else _beans(site, page, asked)
    body: JsonObject = {"issues": issues, "isLast": end >= len(found)}
    if end < len(found):
        body["nextPageToken"] = site.pages.token(position(page[-1], query.order), request=tied_to)
    return answer(body)


def _beans(site: Site, page: Iterable[Record], asked: SearchRequest) -> list[JsonObject]:
    """Write the issues of a page; those of which only id and key are wanted are not opened."""
    wire, wanted = site.wire, wanted_fields(asked.fields_, default="id")
    if set(asked.fields_) <= {"id", "key"}:
        return [
            {"expand": "", "id": one.id, "self": wire.link("issue", one.id), "key": one.key}
            for one in page
        ]
    return [issue_bean(wire, site.world.issue(one.id), wanted=wanted) for one in page]
