"""The call that changes an issue: its summary and labels."""

from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from twin.answers import Refusal
from twin.editing import Change, item, write
from twin.history import Issue
from twin.issue_routes import requested_record
from twin.requests import Body, body_of
from twin.site import SITE

_ANALYST = {"name": "analyst", "displayName": "Analyst", "active": True}

routes = web.RouteTableDef()


class _Fields(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    summary: str | None = None
    labels: tuple[str, ...] | None = None


class _Written(Body):
    fields_: Annotated[_Fields, Field(alias="fields")]


@routes.put("/rest/api/3/issue/{idOrKey}")
async def edit(request: web.Request) -> web.Response:
    """Change an issue; what already is as asked writes no row."""
    site, record = request.app[SITE], requested_record(request)
    asked = (await body_of(request, _Written)).fields_
    if not asked.model_fields_set:
        raise Refusal("one of 'fields' or 'update' required")
    changes = _changes(site.world.issue(record.id), asked)
    if changes:
        write(site.world, record.id, changes, now_ms=site.clock.now_ms(), author=_ANALYST)
    return web.Response(status=204)


def _changes(issue: Issue, asked: _Fields) -> list[Change]:
    changes = []
    before = issue.fields.get("summary")
    if asked.summary is not None and asked.summary != before:
        changed = item("summary", (None, before), (None, asked.summary))
        changes.append(Change(changed, {"summary": asked.summary}))
    labels = list(issue.fields.get("labels") or ())
    if asked.labels is not None and list(asked.labels) != labels:
        changed = item("labels", (None, " ".join(labels)), (None, " ".join(asked.labels)))
        changes.append(Change(changed, {"labels": list(asked.labels)}))
    return changes
