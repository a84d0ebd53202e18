"""The calls about changelogs: of many issues at once, and of one, page by page."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import replace
from operator import itemgetter

from aiohttp import web

from twin.answers import Refusal, answer
from twin.history import Entry, JsonObject
from twin.issue_routes import requested_names, requested_record
from twin.paging import Turn
from twin.records import Record
from twin.requests import MAX_CHANGELOG_ISSUES, BulkChangelogRequest, body_of
from twin.site import SITE, Site

_MAX_PAGE = 100  # of one issue's changelog

# where an entry stands: milliseconds since the epoch, issue id, entry id
Place = tuple[int, int, int]

routes = web.RouteTableDef()


@routes.post("/rest/api/3/changelog/bulkfetch")
async def bulk_changelogs(request: web.Request) -> web.Response:
    """Fetch the changelogs of up to a thousand issues, the oldest entries of all of them first."""
    site, asked = request.app[SITE], await body_of(request, BulkChangelogRequest)
    names = requested_names(asked.issue_ids_or_keys, most=MAX_CHANGELOG_ISSUES)
    found = {record.id: record for name in names if (record := site.world.find(name))}
    told = [record for record in found.values() if record.id not in site.unlogged]
    rows = _rows(site, told, frozenset(asked.field_ids))
    tied_to = asked.model_dump(mode="json", include={"issue_ids_or_keys", "field_ids"})
    cursor: list[int] = []
    if asked.next_page_token:
        cursor = site.pages.cursor(asked.next_page_token, request=tied_to)
    start = bisect_right(rows, tuple(cursor), key=itemgetter(0)) if cursor else 0
    turn = site.paging.turn(tied_to)
    page = rows[start : start + site.paging.size(turn, asked.max_results, tied_to)]
    body: JsonObject = {"issueChangeLogs": _by_issue(site, page)}
    if start + len(page) < len(rows):
        behind = list(page[-1][0]) if page else cursor
        token = site.pages.token(behind, request=tied_to, expired=turn is Turn.EXPIRED)
        repeated = turn is Turn.REPEATED and asked.next_page_token
        body["nextPageToken"] = asked.next_page_token if repeated else token
    return answer(body, cost=len(body["issueChangeLogs"]))


def _rows(
    site: Site, records: Iterable[Record], field_ids: frozenset[str]
) -> list[tuple[Place, Entry]]:
    """Give all entries of these issues with their places, in order."""
    rows = [
        ((entry.created_ms, record.number, int(entry.id)), entry)
        for record in records
        for entry in site.world.issue(record.id).entries
    ]
    if field_ids:
        rows = [
            (place, replace(entry, items=items))
            for place, entry in rows
            if (items := _items_of(site, entry, field_ids))
        ]
    rows.sort(key=itemgetter(0))
    return rows


def _items_of(site: Site, entry: Entry, field_ids: frozenset[str]) -> tuple[JsonObject, ...]:
    wire = site.wire
    return tuple(
        item
        for item in entry.items
        if (item.get("fieldId") or wire.field_id(item["field"])) in field_ids
    )


def _by_issue(site: Site, page: Iterable[tuple[Place, Entry]]) -> list[JsonObject]:
    """Write a page: issues as they first appear in it, `created` in milliseconds as Jira sends."""
    wire = site.wire
    histories: dict[int, list[JsonObject]] = {}
    for (created_ms, number, _id), entry in page:
        histories.setdefault(number, []).append({**wire.entry(entry), "created": created_ms})
    return [
        {"issueId": str(number), "changeHistories": entries}
        for number, entries in histories.items()
    ]


@routes.get("/rest/api/3/issue/{idOrKey}/changelog")
async def one_changelog(request: web.Request) -> web.Response:
    """Give one issue's changelog by offset, oldest entry first."""
    site, record = request.app[SITE], requested_record(request)
    entries = site.world.issue(record.id).entries
    start, size = page_asked(request, default=_MAX_PAGE, most=_MAX_PAGE)
    values = [site.wire.entry(entry) for entry in entries[start : start + size]]
    own = site.wire.link("issue", record.id, "changelog")
    return answer(offset_page(own, values, start=start, size=size, total=len(entries)), cost=1)


def page_asked(request: web.Request, *, default: int, most: int) -> tuple[int, int]:
    """Give `startAt` and `maxResults` of a request; Refusal when they are not whole numbers."""
    try:
        start = int(request.query.get("startAt", 0))
        size = int(request.query.get("maxResults", default))
    except ValueError as error:
        raise Refusal("startAt and maxResults must be whole numbers.") from error
    return max(start, 0), min(max(size, 0), most)


def offset_page(
    own: str, values: list[JsonObject], *, start: int, size: int, total: int
) -> JsonObject:
    """Write a page of a list that is paged by offset."""
    end = start + len(values)
    body: JsonObject = {
        "self": f"{own}?maxResults={size}&startAt={start}",
        "maxResults": size,
        "startAt": start,
        "total": total,
        "isLast": end >= total,
        "values": values,
    }
    if end < total:
        body["nextPage"] = f"{own}?maxResults={size}&startAt={end}"
    return body
