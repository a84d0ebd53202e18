"""Where calls meet the limits."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from twin.answers import COST, rate_limited_by
from twin.limits.judging import Call
from twin.site import SITE, Site

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_SIDE_CHANNEL = "/_twin/"
_WRITES = frozenset({"PUT", "POST", "DELETE"})
_ISSUE = "/rest/api/3/issue/{idOrKey}"
_BASE_COST = 1  # points of any call; objects and people come on top


@web.middleware
async def limiting(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse what is beyond a limit, charge what is not, and tell how near the limits are."""
    site = request.app[SITE]
    judge = site.judge
    if judge is None or request.path.startswith(_SIDE_CHANNEL):
        return await handler(request)
    if judge.gateway_refuses():
        return web.Response(text="Too Many Requests", status=429)
    call, now_ms = _call(request, site), site.clock.now_ms()
    verdict = judge.refusal(call, now_ms)
    if verdict is not None:
        return rate_limited_by(judge.headers(call, now_ms, verdict))
    response = await handler(request)
    judge.spend(_BASE_COST + response.get(COST, 0), now_ms)
    response.headers.update(judge.headers(call, now_ms, None))
    return response


def _call(request: web.Request, site: Site) -> Call:
    resource = request.match_info.route.resource
    path = resource.canonical if resource else request.path
    if request.method not in _WRITES or not path.startswith(_ISSUE):
        return Call(request.method, path)
    record = site.world.find(request.match_info["idOrKey"])
    return Call(request.method, path, record.id if record else None)
