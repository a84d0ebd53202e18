"""The calls about the site itself: what it is, who asks, its fields, statuses and projects."""

from aiohttp import web

from twin.answers import Refusal, answer
from twin.changelog_routes import offset_page, page_asked
from twin.fieldset import field_details
from twin.site import SITE
from twin.wire import account_id

_MAX_PROJECTS = 100
_DEFAULT_PROJECTS = 50
_MAX_USERS = 1_000
_DEFAULT_USERS = 50
_MOST_USERS = 200
_FEW_USERS = 10

routes = web.RouteTableDef()


@routes.get("/rest/api/3/serverInfo")
async def server_info(request: web.Request) -> web.Response:
    """Say that this is Jira Cloud."""
    origin = request.app[SITE].origin
    return answer(
        {
            "baseUrl": origin,
            "displayUrl": origin,
            "version": "1001.0.0-SNAPSHOT",
            "versionNumbers": [1001, 0, 0],
            "deploymentType": "Cloud",
            "buildNumber": 100_000,
            "buildDate": "2026-03-01T00:00:00.000+0000",
            "serverTime": request.app[SITE].clock.written(),
            "scmInfo": "twin",
            "serverTitle": "Jira",
            "serverTimeZone": "Etc/UTC",
        }
    )


@routes.get("/rest/api/3/myself")
async def myself(request: web.Request) -> web.Response:
    """Say whose token it is."""
    return answer(
        request.app[SITE].wire.user({"name": "analyst", "displayName": "Analyst"}), cost=2
    )


@routes.get("/rest/api/3/field")
async def fields(request: web.Request) -> web.Response:
    """Give every field."""
    return answer(field_details(request.app[SITE].world.catalogue.custom_fields.values()))


@routes.get("/rest/api/3/users/search")
async def users(request: web.Request) -> web.Response:
    """Give the people of the site by offset; the answer is a bare list, as Jira's is."""
    site = request.app[SITE]
    start, size = page_asked(request, default=_DEFAULT_USERS, most=_MAX_USERS)
    people = list(site.world.catalogue.users.values())
    page = [site.wire.user(person) for person in people[start : start + size]]
    return answer(page, cost=2 * len(page))


@routes.get("/rest/api/3/user/bulk")
async def some_users(request: web.Request) -> web.Response:
    """Give people by their account ids; who is not known is left out."""
    site = request.app[SITE]
    wanted = set(request.query.getall("accountId", ()))
    if not wanted:
        raise Refusal("The accountId query parameter needs to be provided.")
    start, size = page_asked(request, default=_FEW_USERS, most=_MOST_USERS)
    found = [
        one for one in site.world.catalogue.users.values() if account_id(one["name"]) in wanted
    ]
    values = [site.wire.user(person) for person in found[start : start + size]]
    own = site.wire.link("user", "bulk")
    body = offset_page(own, values, start=start, size=size, total=len(found))
    return answer(body, cost=2 * len(values))


@routes.get("/rest/api/3/status")
async def statuses(request: web.Request) -> web.Response:
    """Give every status with its category."""
    site = request.app[SITE]
    return answer([site.wire.status(status_id) for status_id in site.world.catalogue.statuses])


@routes.get("/rest/api/3/project/search")
async def projects(request: web.Request) -> web.Response:
    """Give the projects by offset, ordered by key."""
    site = request.app[SITE]
    found = site.world.projects()
    start, size = page_asked(request, default=_DEFAULT_PROJECTS, most=_MAX_PROJECTS)
    values = [
        {
            "expand": "",
            **site.wire.project(project),
            "style": "next-gen" if project.simplified else "classic",
            "isPrivate": False,
        }
        for project in found[start : start + size]
    ]
    own = site.wire.link("project", "search")
    return answer(
        offset_page(own, values, start=start, size=size, total=len(found)), cost=len(values)
    )
