"""The calls by which history is played on, and followed: `/_twin/play`, no credential."""

from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from twin.answers import Refusal, answer
from twin.requests import body_of
from twin.site import SITE

routes = web.RouteTableDef()


class _Speed(BaseModel):
    model_config = ConfigDict(extra="forbid")

    speed: Annotated[float, Field(ge=0, allow_inf_nan=False)]


@routes.post("/_twin/play")
async def go_on(request: web.Request) -> web.Response:
    """Play what comes next so much faster than it was, from where it is; 0 pauses."""
    player, asked = request.app[SITE].player, await body_of(request, _Speed)
    player.go_on_at(asked.speed)
    return answer(player.report())


@routes.get("/_twin/play")
async def report(request: web.Request) -> web.Response:
    """Tell how far it is, and what was played; with `?after=NUMBER` what came after that event."""
    after = request.query.get("after", "0")
    if not after.isdecimal():
        raise Refusal("after must be the number of an event.")
    return answer(request.app[SITE].player.report(after=int(after)))
