"""The stand-in for Jira Cloud, as the live demo uses it: its history, and its webhooks."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import aiohttp

from deploy.local.options import CannotStart
from deploy.local.stand_in import TWIN_TOKEN

DAY_MS: Final = 86_400_000
SECONDS_FOR_AN_ANSWER: Final = 10.0
EVENTS: Final = ("jira:issue_created", "jira:issue_updated", "jira:issue_deleted")
_HOOKS: Final = "/rest/webhooks/1.0/webhook"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened at the site: the day in history, and the instant it is played at.

    `is_filed`: an issue that is counted was made by it.
    """

    number: int
    then_ms: int
    at_ms: int
    key: str
    said: str
    is_filed: bool

    @property
    def may_move_numbers(self) -> bool:
        """Whether a number can follow from it: comments and the like are most of what happens."""
        return self.is_filed or " → " in self.said


@dataclass(frozen=True, slots=True)
class History:
    """How far the site's history is, and what happened since it was asked for last."""

    then_ms: int
    played: int
    over: bool
    latest: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Deliveries:
    """What became of a webhook's deliveries: how many wait, and how many were answered how."""

    waiting: int
    counted: Mapping[str, int]

    @property
    def taken(self) -> int:
        """How many the product took."""
        return self.counted.get("200", 0)

    @property
    def put_off(self) -> int:
        """How many were refused or got no answer; the site tries those again in minutes."""
        return sum(self.counted.values()) - self.taken - self.counted.get("dropped", 0)


class Site:
    """A stand-in's side channel, and the calls of its administrator."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session
        self._before = Counter[str]()  # what became of deliveries before there was our webhook

    async def go_on(self, *, days_per_second: float) -> History:
        """Let history go on; CannotStart where the site has none."""
        speed = days_per_second * DAY_MS / 1000
        return history_of(await self._ask("POST", "/_twin/play", {"speed": speed}))

    async def pause(self) -> None:
        """Let nothing more happen."""
        await self._ask("POST", "/_twin/play", {"speed": 0})

    async def history(self, *, after: int) -> History:
        """Tell what happened after the event of a number."""
        return history_of(await self._ask("GET", f"/_twin/play?after={after}"))

    async def deliveries(self) -> Deliveries:
        """Tell what became of what was sent since our webhook is there."""
        told = await self._ask("GET", "/_twin/hooks")
        counted = Counter(told["counted"]) - self._before
        return Deliveries(told["waiting"] + told["sending"], counted)

    @asynccontextmanager
    async def telling(self, url: str, secret: str) -> AsyncIterator[None]:
        """Have a webhook until the block is left."""
        self._before = Counter((await self.deliveries()).counted)
        form = {"name": "jira-analytics", "url": url, "secret": secret, "events": EVENTS}
        made = await self._ask("POST", _HOOKS, form)
        try:
            yield
        finally:
            await self._ask("DELETE", f"{_HOOKS}/{made['self'].rpartition('/')[2]}")

    async def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401 - JSON
        try:
            async with self._session.request(method, path, json=body) as answer:
                if not answer.ok:
                    said = await answer.text()
                    raise CannotStart(f"the stand-in for Jira Cloud refuses {path}: {said}")
                return await answer.json() if answer.content_length else None
        except (aiohttp.ClientError, TimeoutError) as error:
            raise CannotStart(f"the stand-in for Jira Cloud does not answer: {error!r}") from error


@asynccontextmanager
async def site_at(origin: str) -> AsyncIterator[Site]:
    """Speak to the stand-in at an origin until the block is left."""
    session = aiohttp.ClientSession(
        origin,
        auth=aiohttp.BasicAuth("administrator@example.com", TWIN_TOKEN),
        timeout=aiohttp.ClientTimeout(total=SECONDS_FOR_AN_ANSWER),
    )
    async with session:
        yield Site(session)


def history_of(told: Mapping[str, Any]) -> History:
    """Read what the stand-in tells of its history."""
    latest = tuple(
        Event(
            number=one["number"],
            then_ms=one["then_ms"],
            at_ms=one["at_ms"],
            key=one["key"],
            said=one["said"],
            is_filed=one["kind"] == "created" and one["level"] == 0,
        )
        for one in told["latest"]
    )
    return History(told["then_ms"], told["played"], told["over"], latest)
