"""The calls about issues by id or key: many at once, and one."""

from collections.abc import Iterable
from operator import attrgetter

from aiohttp import web

from twin.answers import NO_SUCH_ISSUE, WITHHELD, Refusal, answer
from twin.fieldset import wanted_fields
from twin.records import Record
from twin.requests import (
    MAX_BULK_ISSUES,
    BulkIssuesRequest,
    body_of,
)
from twin.site import SITE

routes = web.RouteTableDef()


@routes.post("/rest/api/3/issue/bulkfetch")
async def bulk_issues(request: web.Request) -> web.Response:
    """Fetch up to a hundred issues by id or key."""
    site, asked = request.app[SITE], await body_of(request, BulkIssuesRequest)
    names = requested_names(asked.issue_ids_or_keys, most=MAX_BULK_ISSUES)
    found = {name: site.world.find(name) for name in names}
    records = {record.id: record for record in found.values() if record is not None}
    wanted = wanted_fields(asked.fields_, default="*navigable")
    # Of what is not there, or may not be seen, nothing is said; of what cannot be given now, this.
    withheld = records.keys() & site.withheld
    beans = [
        site.bean(site.world.issue(record.id), wanted=wanted)
        for record in sorted(records.values(), key=attrgetter("number"))
        if record.id not in withheld
    ]
    errors = [{"id": one, "errorMessage": WITHHELD} for one in sorted(withheld)]
    return answer({"issues": beans, "issueErrors": errors}, cost=len(beans))


@routes.get("/rest/api/3/issue/{idOrKey}")
async def one_issue(request: web.Request) -> web.Response:
    """Give one issue by id, key or former key."""
    site, record = request.app[SITE], requested_record(request)
    wanted = wanted_fields(request.query.getall("fields", []), default="*all")
    return answer(site.bean(site.world.issue(record.id), wanted=wanted), cost=1)


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
