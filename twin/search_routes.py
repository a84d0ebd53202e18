"""The calls that search: page by page, counting, and whether issues match."""

from collections.abc import Iterable
from typing import Any

from aiohttp import web

from twin.answers import Refusal, answer, removed
from twin.conditions import test_of
from twin.fieldset import wanted_fields
from twin.history import Issue, JsonObject
from twin.jql import parse
from twin.jql_tokens import JqlError
from twin.paging import Turn
from twin.queries import Query
from twin.records import Record
from twin.requests import CountRequest, MatchRequest, SearchRequest, body_of, query_of
from twin.searching import index_after, matching, position
from twin.site import SITE, Site
from twin.wire import Wire

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
    """Count what a query matches in the index."""
    site, asked = request.app[SITE], await body_of(request, CountRequest)
    return answer({"count": len(_found(site, _parsed(site, asked.jql), reconciled=()))})


@routes.post("/rest/api/3/jql/match")
async def match(request: web.Request) -> web.Response:
    """Say which of these issues each query would find, as the issues are now."""
    site, asked = request.app[SITE], await body_of(request, MatchRequest)
    found = (site.world.find(str(id_)) for id_ in asked.issue_ids)
    records = [record for record in found if record is not None]
    return answer(
        {"matches": [_matched(site, jql, records) for jql in asked.jqls]}, cost=len(records)
    )


def _matched(site: Site, jql: str, records: Iterable[Record]) -> JsonObject:
    try:
        test = test_of(site.world, _parsed(site, jql).condition)
    except JqlError as error:
        return {"matchedIssues": [], "errors": [str(error)]}
    return {"matchedIssues": [one.number for one in records if test(one)], "errors": []}


@routes.view("/rest/api/3/search")
@routes.view("/rest/api/2/search")
class RemovedSearch(web.View):
    """The search with offsets, which Jira took away."""

    async def get(self) -> web.Response:
        """Say so."""
        return removed()

    post = get


def _parsed(site: Site, jql: str) -> Query:
    return parse(jql, now_ms=site.clock.now_ms())


def _found(site: Site, query: Query, *, reconciled: Iterable[int]) -> list[Record]:
    """Give what a query sees: of the index, and of what who asks may see."""
    ids = frozenset(str(id_) for id_ in reconciled)
    found = matching(site.world, query, shown=site.index.shown(query.order, reconciled=ids))
    return [record for record in found if site.world.shows(record)]


def _search(site: Site, asked: SearchRequest) -> web.Response:
    """Give one page: as many as asked for, or as many as Jira gives with these fields."""
    query = _parsed(site, asked.jql)
    found = _found(site, query, reconciled=asked.reconcile_issues)
    tied_to = asked.model_dump(mode="json", include={"jql", "fields_", "reconcile_issues"})
    cursor: list[Any] = []
    if asked.next_page_token:
        cursor = site.pages.cursor(asked.next_page_token, request=tied_to)
    if asked.max_results < 1:
        raise Refusal("maxResults must be at least 1.")
    start = index_after(found, query.order, cursor) if cursor else 0
    most = MAX_IDS_PER_PAGE if set(asked.fields_) <= {"id", "key"} else MAX_ISSUES_PER_PAGE
    turn = site.paging.turn(tied_to)
    end = start + site.paging.size(turn, min(asked.max_results, most), tied_to)
    page = found[start:end]
    body: JsonObject = {"issues": _beans(site, page, asked), "isLast": end >= len(found)}
    if end < len(found):
        behind = position(page[-1], query.order) if page else cursor
        token = site.pages.token(behind, request=tied_to, expired=turn is Turn.EXPIRED)
        repeated = turn is Turn.REPEATED and asked.next_page_token
        body["nextPageToken"] = asked.next_page_token if repeated else token
    return answer(body, cost=len(page))


def _beans(site: Site, page: Iterable[Record], asked: SearchRequest) -> list[JsonObject]:
    """Write the issues of a page; those of which only id and key are wanted are not opened.

    With fields, what the index still holds and the site no longer does is left out.
    """
    wire, wanted = site.wire, wanted_fields(asked.fields_, default="id")
    if set(asked.fields_) <= {"id"}:
        return [{"id": record.id} for record in page]
    if set(asked.fields_) <= {"id", "key"}:
        return [
            {"expand": "", "id": one.id, "self": wire.link("issue", one.id), "key": one.key}
            for one in page
        ]
    there = [site.world.issue(one.id) for one in page if one.id in site.world.records]
    beans = [site.bean(issue, wanted=wanted) for issue in there]
    if "changelog" in asked.expand.split(","):
        return [
            {**bean, "changelog": _changelog(wire, issue)}
            for bean, issue in zip(beans, there, strict=True)
        ]
    return beans


def _changelog(wire: Wire, issue: Issue) -> JsonObject:
    """Write an issue's changelog as `expand` gives it: the latest entry first."""
    rows = [wire.entry(entry) for entry in reversed(issue.entries)]
    return {"startAt": 0, "maxResults": len(rows), "total": len(rows), "histories": rows}
