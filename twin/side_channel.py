"""What a test may ask of the twin itself, beside the calls of Jira: `/_twin/…`, no credential."""

from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from twin.editing import Edit, apply
from twin.faults import Fault
from twin.issue_routes import answer, requested_record
from twin.requests import body_of
from twin.site import SITE

routes = web.RouteTableDef()


class _Token(BaseModel):
    model_config = ConfigDict(extra="forbid")

    token: Annotated[str, Field(min_length=1)]


class _Clock(BaseModel):
    model_config = ConfigDict(extra="forbid")

    advance_ms: Annotated[int, Field(ge=0)]


@routes.get("/_twin/calls")
async def calls(request: web.Request) -> web.Response:
    """Tell what was asked of the site so far."""
    return answer(request.app[SITE].calls.report())


@routes.post("/_twin/faults")
async def add_fault(request: web.Request) -> web.Response:
    """Misbehave as the body says."""
    site = request.app[SITE]
    site.faults.add(await body_of(request, Fault))
    return answer([fault.model_dump() for fault in site.faults.left()])


@routes.delete("/_twin/faults")
async def clear_faults(request: web.Request) -> web.Response:
    """Behave well again."""
    request.app[SITE].faults.clear()
    return answer([])


@routes.post("/_twin/token")
async def change_token(request: web.Request) -> web.Response:
    """Accept this token from now on, and no other."""
    request.app[SITE].token = (await body_of(request, _Token)).token
    return answer({})


@routes.post("/_twin/clock")
async def advance_clock(request: web.Request) -> web.Response:
    """Age the page tokens; the issues keep their instants."""
    pages = request.app[SITE].pages
    pages.age_ms += (await body_of(request, _Clock)).advance_ms
    return answer({"age_ms": pages.age_ms})


@routes.post("/_twin/issues/{idOrKey}")
async def edit_issue(request: web.Request) -> web.Response:
    """Change or delete an issue as a person would."""
    site, record = request.app[SITE], requested_record(request)
    changed = apply(site.world, record.id, await body_of(request, Edit))
    if changed is None:
        return answer({"id": record.id, "deleted": True})
    return answer(
        {
            "id": changed.id,
            "key": changed.key,
            "updated_ms": changed.updated_ms,
            "history_id": changed.entries[-1].id,
        }
    )
