"""The calls by which an administrator keeps webhooks."""

from aiohttp import web

from twin.answers import Refusal, answer
from twin.hooks.registry import Hook, Registration
from twin.hooks.retrying import HookTrouble
from twin.requests import body_of
from twin.site import SITE

_BASE = "/rest/webhooks/1.0/webhook"

routes = web.RouteTableDef()


@routes.post(_BASE)
async def register(request: web.Request) -> web.Response:
    """Register a webhook."""
    site, asked = request.app[SITE], await body_of(request, Registration)
    hook = site.courier.registry.add(asked, site.clock.now_ms())
    return _written(request, hook, status=201)


@routes.get(_BASE)
async def hooks(request: web.Request) -> web.Response:
    """Give all webhooks."""
    site = request.app[SITE]
    return answer([hook.written(site.origin) for hook in site.courier.registry.hooks.values()])


@routes.get(_BASE + "/{hookId}")
async def one(request: web.Request) -> web.Response:
    """Give one webhook."""
    return _written(request, _asked(request))


@routes.put(_BASE + "/{hookId}")
async def change(request: web.Request) -> web.Response:
    """Change a webhook; its secret stays where none is given."""
    site, hook = request.app[SITE], _asked(request)
    asked = await body_of(request, Registration)
    return _written(request, site.courier.registry.put(hook.id, asked, site.clock.now_ms()))


@routes.delete(_BASE + "/{hookId}")
async def remove(request: web.Request) -> web.Response:
    """Take a webhook away; what waits to be sent to it never is."""
    del request.app[SITE].courier.registry.hooks[_asked(request).id]
    return web.Response(status=204)


@routes.get("/_twin/hooks")
async def pending(request: web.Request) -> web.Response:
    """Tell what waits, and what became of the rest."""
    return answer(request.app[SITE].courier.pending())


@routes.post("/_twin/hooks")
async def trouble(request: web.Request) -> web.Response:
    """Let deliveries go astray as the body says; an empty one ends it."""
    request.app[SITE].courier.trouble_with(await body_of(request, HookTrouble))
    return answer({})


def _asked(request: web.Request) -> Hook:
    asked, known = request.match_info["hookId"], request.app[SITE].courier.registry.hooks
    hook = known.get(int(asked)) if asked.isdecimal() else None
    if hook is None:
        raise Refusal("The webhook does not exist.", status=404)
    return hook


def _written(request: web.Request, hook: Hook, *, status: int = 200) -> web.Response:
    response = answer(hook.written(request.app[SITE].origin))
    response.set_status(status)
    return response
