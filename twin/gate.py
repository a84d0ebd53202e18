"""What every call passes on its way in: counting, faults, weather, limits, then the credential."""

import asyncio
import base64
import binascii
import hmac
from collections.abc import Awaitable, Callable
from email.utils import formatdate

from aiohttp import web

from twin.answers import BAD_PAGE_TOKEN, Refusal, error_collection, to_nobody, unauthenticated
from twin.faults import cut_off
from twin.jql_tokens import JqlError
from twin.limits.gate import limiting
from twin.pages import PageTokenError
from twin.site import SITE, Site
from twin.weather import Turn, spoiled

SIDE_CHANNEL = "/_twin/"
_ANONYMOUS = frozenset({"/rest/api/3/serverInfo"})  # Jira tells anybody what it is
_CUT = web.RequestKey("cut", bool)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def counted(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Count every call of the site with its answer; first, so that nothing escapes it."""
    if request.path.startswith(SIDE_CHANNEL):
        return await handler(request)
    site, calls = request.app[SITE], request.app[SITE].calls
    site.meanwhile()
    try:
        response = await handler(request)
    except asyncio.CancelledError:
        calls.note(request, "abandoned")
        raise
    calls.note(request, "cut" if request.get(_CUT) else str(response.status))
    site.meanwhile()
    return response


@web.middleware
async def faulty(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let a fault that was asked for happen; before the credential, as a gateway's would."""
    if request.path.startswith(SIDE_CHANNEL):
        return await handler(request)
    fault = request.app[SITE].faults.next_for(request)
    if fault is None:
        return await handler(request)
    await asyncio.sleep(fault.delay_ms / 1000)
    response = fault.answer(request) or await handler(request)
    if fault.cut and isinstance(response, web.Response):
        request[_CUT] = True
        return await cut_off(request, response)
    return response


@web.middleware
async def weathered(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let calls go wrong by seed, and date each answer by the site's clock."""
    if request.path.startswith(SIDE_CHANNEL):
        return await handler(request)
    site = request.app[SITE]
    turn = site.skies.turn(request.path)
    if turn is Turn.UNAVAILABLE:
        response: web.StreamResponse = site.skies.outage(request.path)
    else:
        if turn is Turn.SLOW:
            await site.skies.delay(request.path)
        response = await spoiled(request, await handler(request), turn, site.skies)
    request[_CUT] = request.get(_CUT, False) or turn in {Turn.CUT, Turn.DROPPED}
    if not response.prepared:
        response.headers["Date"] = formatdate(site.clock.now_ms() / 1000, usegmt=True)
    return response


@web.middleware
async def refusing(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn what went wrong into Jira's error shape; around the credential and the routes."""
    try:
        return await handler(request)
    except Refusal as refusal:
        return refusal.response()
    except JqlError as error:
        return error_collection(str(error), status=400)
    except PageTokenError:
        return error_collection(BAD_PAGE_TOKEN, status=400)
    except web.HTTPNotFound:
        return error_collection(f"There is nothing at {request.path}.", status=404)
    except web.HTTPMethodNotAllowed as error:
        return error_collection(str(error.reason), status=405)


@web.middleware
async def signed_in(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let in any e-mail address with the site's token, and nobody else."""
    if request.path.startswith(SIDE_CHANNEL) or _may_pass(request, request.app[SITE]):
        return await handler(request)
    answer = to_nobody(request.path) if request.app[SITE].lenient else None
    if answer is not None:
        return answer
    return unauthenticated(wants_json="json" in request.headers.get("Accept", ""))


def _may_pass(request: web.Request, site: Site) -> bool:
    header = request.headers.get("Authorization")
    if header is None:
        return request.path in _ANONYMOUS
    scheme, _, encoded = header.partition(" ")
    try:
        decoded = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return False
    email, _, token = decoded.partition(b":")
    return (
        scheme.lower() == "basic"
        and email != b""
        and hmac.compare_digest(token, site.token.encode())
    )


# outermost first
GATE = (counted, faulty, weathered, limiting, refusing, signed_in)
