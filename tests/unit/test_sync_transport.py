"""Calls to strangers' addresses: every resolved address is judged, no redirect, no proxy (R2, R4).

Real servers on loopback; only name resolution is made up.
"""

import socket
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial

import aiohttp
import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from services.kernel.errors import SiteNotJira
from services.sync.domain.limits_said import Points, room
from services.sync.domain.site import Site
from services.sync.sources.answers import SiteRefuses
from services.sync.sources.jira_cloud import JiraCloud
from services.sync.sources.transport import PublicOnly, headers_of, site_sessions
from tests.unit.sync_sites import CREDENTIAL, LOOPBACK, Server, serving

PUBLIC, METADATA = "104.192.136.1", "169.254.169.254"


@dataclass
class MadeUpNames(AbstractResolver):
    """A name service whose answers change from call to call; the last one stays."""

    answers: list[Sequence[str]]
    asked: list[str] = field(default_factory=list)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Answer."""
        self.asked.append(host)
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [
            ResolveResult(
                hostname=host, host=address, port=port, family=socket.AF_INET, proto=0, flags=0
            )
            for address in found
        ]

    async def close(self) -> None:
        """There is nothing to close."""


@pytest.mark.parametrize(
    "answers",
    [
        [LOOPBACK],
        [METADATA],
        [PUBLIC, LOOPBACK],
        [LOOPBACK, PUBLIC],
        [PUBLIC, "::ffff:127.0.0.1"],
        ["64:ff9b::a9fe:a9fe"],
        [],
    ],
)
async def test_a_name_with_any_address_that_is_not_public_is_not_called(
    answers: list[str],
) -> None:
    """All answers must be public; none, and a private one among public ones, are refused."""
    names = MadeUpNames([answers])
    with pytest.raises(OSError, match="acme"):
        await PublicOnly(names).resolve("acme.atlassian.net", 443)


async def test_public_answers_are_given_on_as_they_are() -> None:
    """What was judged is what is connected to: it is not resolved again."""
    names = MadeUpNames([[PUBLIC, "1.1.1.1"]])
    found = await PublicOnly(names).resolve("acme.atlassian.net", 443)
    assert [answer["host"] for answer in found] == [PUBLIC, "1.1.1.1"]
    assert names.asked == ["acme.atlassian.net"]


async def test_a_name_that_turns_to_loopback_reaches_nothing() -> None:
    """Rebinding: the answer flips between two calls, and the second is refused before a byte."""
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(serving(Server()))
        names = MadeUpNames([[PUBLIC], [LOOPBACK]])
        assert await PublicOnly(names).resolve("rebind.example", server.port)
        public, _ = await stack.enter_async_context(site_sessions(names))
        with pytest.raises(aiohttp.ClientConnectorError):
            await public.get(f"http://rebind.example:{server.port}/")
        assert server.sent == []


async def test_every_new_connection_is_judged_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name once found good is asked again for the next connection: nothing is remembered."""
    trusted = {LOOPBACK}
    monkeypatch.setattr(
        "services.sync.sources.transport.is_public", lambda address: address in trusted
    )
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(serving(Server()))
        names = MadeUpNames([[LOOPBACK], [METADATA]])
        public, _ = await stack.enter_async_context(site_sessions(names))
        address = f"http://acme.example:{server.port}/"
        closing = {"Connection": "close"}
        async with public.get(address, headers=closing) as answer:
            assert answer.status == 200
        with pytest.raises(aiohttp.ClientConnectorError):
            await public.get(address)
        assert (len(server.sent), names.asked) == (1, ["acme.example", "acme.example"])


async def test_a_redirect_is_not_followed_and_the_token_stays() -> None:
    """A site that leads elsewhere is refused, and the other server sees nothing at all (R4)."""
    async with AsyncExitStack() as stack:
        thief = await stack.enter_async_context(serving(Server()))
        site = await stack.enter_async_context(serving(Server(redirect=thief.origin)))
        _, registered = await stack.enter_async_context(site_sessions())
        jira = JiraCloud(registered, Site(site.origin, registered=True), CREDENTIAL, lambda: 0)
        with pytest.raises(SiteNotJira):
            await jira.check("")
        with pytest.raises(SiteRefuses):
            await jira.statuses()
        with pytest.raises(SiteRefuses):
            await jira.issues(["1"])
        assert thief.sent == []
        assert len(site.sent) == 3


async def test_whoever_is_asked_what_he_is_gets_no_credential() -> None:
    """ServerInfo is asked without the token: what is no Jira never sees it."""
    async with AsyncExitStack() as stack:
        no_jira = partial(web.json_response, {"no": "jira"})
        server = Server(answers={"/rest/api/3/serverInfo": no_jira})
        site = await stack.enter_async_context(serving(server))
        _, registered = await stack.enter_async_context(site_sessions())
        jira = JiraCloud(registered, Site(site.origin, registered=True), CREDENTIAL, lambda: 0)
        with pytest.raises(SiteNotJira):
            await jira.check("")
        assert site.sent == [("/rest/api/3/serverInfo", None)]


async def test_no_proxy_is_taken_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """HTTP_PROXY would see the credential of every site, and reach what we may not."""
    async with AsyncExitStack() as stack:
        proxy = await stack.enter_async_context(serving(Server()))
        site = await stack.enter_async_context(serving(Server()))
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.origin)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        _, registered = await stack.enter_async_context(site_sessions())
        jira = JiraCloud(registered, Site(site.origin, registered=True), CREDENTIAL, lambda: 0)
        await jira.check("")
        assert (proxy.sent, len(site.sent)) == ([], 2)


async def test_a_list_of_quotas_in_two_lines_is_one_list() -> None:
    """The scarcer one may stand in the second: then there is less left than the first says."""

    def limited() -> web.Response:
        answer = web.json_response({})
        for name, left in (("global", 180), ("tenant", 10)):
            answer.headers.add("RateLimit-Policy", f'"{name}";q=1000;w=3600')
            answer.headers.add("RateLimit", f'"{name}";r={left};t=60')
        return answer

    async with AsyncExitStack() as stack:
        site = await stack.enter_async_context(serving(Server(answers={"/limited": limited})))
        _, registered = await stack.enter_async_context(site_sessions())
        async with registered.get(f"{site.origin}/limited") as answer:
            assert room(headers_of(answer)).points == Points(0.01, 60_000)
