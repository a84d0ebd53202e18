"""Having owners mailed that a connection of theirs stopped."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from services.auth.domain.mail import NEWS_MILLISECONDS
from services.kernel.ids import Instant
from services.kernel.stop import Stop


class StopMails(Protocol):
    """The outbox of such mails; see StopMailStore."""

    async def note(self, stop: Stop) -> None:
        """Note a mail to each owner who has none of this stop."""


@dataclass(frozen=True, slots=True)
class ReportStops:
    """Takes stops in; of one that is reported again nobody is mailed again, not even after years.

    `mailing`: whether mail is sent at all. Where it is not, none is kept to be sent one day: that a
    connection has stopped is in every answer.
    """

    mails: StopMails
    clock: Callable[[], Instant]
    mailing: bool

    async def __call__(self, stops: Sequence[Stop]) -> None:
        """Take stops in."""
        news_from = self.clock() - NEWS_MILLISECONDS
        for stop in stops:
            if self.mailing and stop.since > news_from:
                await self.mails.note(stop)
