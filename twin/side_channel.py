"""What a test may ask of the twin itself, beside the calls of Jira: `/_twin/…`, no credential."""

from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from twin.answers import NO_SUCH_ISSUE, Refusal, answer
from twin.editing import Edit, apply
from twin.faults import Fault
from twin.index import Lag
from twin.life.people import Life
from twin.limits.judging import Judge, Limits
from twin.paging import PagingTrouble
from twin.records import Record
from twin.requests import body_of
from twin.site import SITE
from twin.spoiling import Spoil
from twin.truth import truth_of
from twin.weather import Weather

_MAX_STEPS = 100_000

routes = web.RouteTableDef()


class _Token(BaseModel):
    model_config = ConfigDict(extra="forbid")

    token: Annotated[str, Field(min_length=1)]
    lenient: bool = False


class _Clock(BaseModel):
    model_config = ConfigDict(extra="forbid")

    advance_ms: Annotated[int, Field(ge=0)] = 0
    skew_ms: int | None = None


class _Permissions(BaseModel):
    model_config = ConfigDict(extra="forbid")

    hide: tuple[str, ...] = ()  # project keys
    show: tuple[str, ...] = ()


class _Life(BaseModel):
    model_config = ConfigDict(extra="forbid")

    seed: int
    steps: Annotated[int, Field(ge=1, le=_MAX_STEPS)] = 1


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
    """Accept this token from now on; another is refused, or answered as nobody's."""
    asked, site = await body_of(request, _Token), request.app[SITE]
    site.token, site.lenient = asked.token, asked.lenient
    return answer({})


@routes.post("/_twin/clock")
async def advance_clock(request: web.Request) -> web.Response:
    """Let time pass at once, or make the clock wrong; the issues keep their instants."""
    clock, asked = request.app[SITE].clock, await body_of(request, _Clock)
    clock.passed_ms += asked.advance_ms
    if asked.skew_ms is not None:
        clock.skew_ms = asked.skew_ms
    return answer({"passed_ms": clock.passed_ms, "skew_ms": clock.skew_ms})


@routes.post("/_twin/index")
async def lag(request: web.Request) -> web.Response:
    """Let searches see changes later from now on."""
    request.app[SITE].index.lag(await body_of(request, Lag))
    return answer({})


@routes.get("/_twin/index")
async def is_late(request: web.Request) -> web.Response:
    """Say whether a search may still miss something."""
    return answer({"late": request.app[SITE].index.is_late()})


@routes.delete("/_twin/index")
async def catch_up(request: web.Request) -> web.Response:
    """Let searches see everything, now and from now on."""
    request.app[SITE].index.lag(None)
    return answer({})


@routes.post("/_twin/paging")
async def trouble_paging(request: web.Request) -> web.Response:
    """Let pages go wrong as the body says; an empty one ends it."""
    request.app[SITE].paging.trouble_with(await body_of(request, PagingTrouble))
    return answer({})


@routes.post("/_twin/limits")
async def limit(request: web.Request) -> web.Response:
    """Limit calls as the body says, from now on and from full quotas."""
    request.app[SITE].judge = Judge(await body_of(request, Limits))
    return answer({})


@routes.delete("/_twin/limits")
async def unlimit(request: web.Request) -> web.Response:
    """Limit nothing."""
    request.app[SITE].judge = None
    return answer({})


@routes.post("/_twin/weather")
async def change_weather(request: web.Request) -> web.Response:
    """Let calls go wrong as the body says; an empty one ends it."""
    request.app[SITE].skies.change(await body_of(request, Weather))
    return answer({})


@routes.post("/_twin/permissions")
async def permit(request: web.Request) -> web.Response:
    """Take away or give back the permission to see projects; nobody is told."""
    world, asked = request.app[SITE].world, await body_of(request, _Permissions)
    ids = {project.key: project.id for project in world.all_projects()}
    unknown = {*asked.hide, *asked.show} - set(ids)
    if unknown:
        raise Refusal(f"There is no project {min(unknown)}.")
    world.hidden |= {ids[key] for key in asked.hide}
    world.hidden -= {ids[key] for key in asked.show}
    return answer({"hidden": sorted(key for key, id_ in ids.items() if id_ in world.hidden)})


@routes.post("/_twin/issues/{idOrKey}/spoil")
async def spoil(request: web.Request) -> web.Response:
    """Write an issue's fields wrongly until it is edited, or for good."""
    site, record = request.app[SITE], _any_record(request)
    site.spoiled.spoil(record, await body_of(request, Spoil))
    return answer({})


@routes.get("/_twin/truth")
async def truth(request: web.Request) -> web.Response:
    """Tell what the site holds; with `?hidden=true` also what may not be seen."""
    hidden = request.query.get("hidden") == "true"
    return answer(truth_of(request.app[SITE], hidden=hidden).as_json())


@routes.post("/_twin/life")
async def live(request: web.Request) -> web.Response:
    """Let people do so many things; the same seed goes on where it stopped."""
    site, asked = request.app[SITE], await body_of(request, _Life)
    if asked.seed not in site.lives:
        site.lives[asked.seed] = Life.of(site.world, site.clock, seed=asked.seed)
    life = site.lives[asked.seed]
    life.live(asked.steps)
    return answer({"issues": len(site.world.records), "done": dict(life.done)})


@routes.post("/_twin/issues/{idOrKey}")
async def edit_issue(request: web.Request) -> web.Response:
    """Change or delete an issue as a person would."""
    site, record = request.app[SITE], _any_record(request)
    edit = await body_of(request, Edit)
    changed = apply(site.world, record.id, edit, now_ms=site.clock.now_ms())
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


def _any_record(request: web.Request) -> Record:
    """Find an issue also where the product may not see it: people still work there."""
    record = request.app[SITE].world.anywhere(request.match_info["idOrKey"])
    if record is None:
        raise Refusal(NO_SUCH_ISSUE, status=404)
    return record
