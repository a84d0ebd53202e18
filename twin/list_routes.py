"""The calls for what no issue tells of: versions of projects, and workflows."""

from aiohttp import web

from twin.answers import Refusal, answer
from twin.changelog_routes import offset_page, page_asked
from twin.history import JsonObject
from twin.records import Project
from twin.site import SITE, Site

_PAGE = 50

routes = web.RouteTableDef()


@routes.get("/rest/api/3/project/{projectIdOrKey}/version")
async def versions(request: web.Request) -> web.Response:
    """Give a project's versions by offset."""
    site, asked = request.app[SITE], request.match_info["projectIdOrKey"]
    project = next((one for one in site.world.projects() if asked in (one.id, one.key)), None)
    if project is None:
        raise Refusal(f"No project could be found with key '{asked}'.", status=404)
    values = [
        {"self": site.wire.link("version", one["id"]), "projectId": int(project.id), **one}
        for one in site.world.catalogue.versions.get(project.id, ())
    ]
    return _paged(request, site.wire.link("project", project.key, "version"), values)


@routes.get("/rest/api/3/workflows/search")
async def workflows(request: web.Request) -> web.Response:
    """Give the workflows by offset: one of each project."""
    site = request.app[SITE]
    values = [_workflow(site, project) for project in site.world.projects()]
    return _paged(request, site.wire.link("workflows", "search"), values, statuses=[])


def _workflow(site: Site, project: Project) -> JsonObject:
    status_ids = site.world.catalogue.workflow(project.id)
    scope = {"type": "PROJECT", "project": {"id": project.id}}
    return {
        "id": f"workflow-{project.id}",
        "name": f"Software workflow of {project.key}",
        "description": "",
        "isEditable": True,
        "scope": scope if project.simplified else {"type": "GLOBAL"},
        "version": {"id": f"workflow-{project.id}-1", "versionNumber": len(status_ids)},
        "statuses": [{"statusReference": status_id} for status_id in status_ids],
    }


def _paged(
    request: web.Request, own: str, values: list[JsonObject], **beside: object
) -> web.Response:
    start, size = page_asked(request, default=_PAGE, most=_PAGE)
    page = values[start : start + size]
    body = offset_page(own, page, start=start, size=size, total=len(values))
    return answer({**body, **beside}, cost=len(page))
