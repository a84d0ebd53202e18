"""Connections that stopped, as they are reported to auth, and what their owners read."""

from typing import Any

import pytest

from jira_analytics.auth.v1 import internal_pb2 as pb
from services.auth.domain.email import Email
from services.auth.domain.mail import NEWS_MILLISECONDS, stop_mail
from services.auth.mail.letters import stop_letter
from services.auth.requests.stops import MOST_STOPS, stops_of
from services.auth.workspaces.report_stops import ReportStops
from services.kernel.connection import Source
from services.kernel.errors import InvalidField
from services.kernel.ids import ConnectionId, UserId, WorkspaceId
from services.kernel.stop import Cause, Stop
from services.sync.stops_of_auth import request_of

SINCE = 1_800_000_000_123
STOP = Stop(
    "stp_1",
    WorkspaceId("wsp_1"),
    ConnectionId("con_1"),
    "our-site",
    Source.JIRA_CLOUD,
    Cause.REFUSED,
    SINCE,
)
LETTER = """\
The connection "our-site" (Jira Cloud) of your jira-analytics workspace wsp_1 stopped on \
2027-01-15 at 08:00 UTC: the site refuses its credential. What was collected stays, and nothing \
newer comes until an admin of the workspace gives the connection another API token:

With the command line: jira-analytics reconnect --connection our-site

Over HTTP: PATCH https://app.example.com/api/connections/con_1 with email and api_token

It is collected again at once then. If somebody has done so by now, do nothing.
"""


class Noted:
    """Hears what is to be mailed."""

    def __init__(self) -> None:
        self.stops: list[Stop] = []

    async def note(self, stop: Stop) -> None:
        """Hear of a stop."""
        self.stops.append(stop)


def test_what_is_packed_is_what_is_parsed() -> None:
    """Nothing of a stop is lost on its way from one service to the other."""
    assert stops_of(request_of([STOP])) == [STOP]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", ""),
        ("workspace_id", "wsp_1\nBcc: all@example.com"),
        ("connection_id", "con_1/../x"),
        ("connection_name", ""),
        ("connection_name", "site\r\nBcc: all@example.com"),
        ("connection_name", "Your bank: call us"),
        ("connection_name", "x" * 64),
        ("source", 0),
        ("cause", 0),
        ("cause", 9),
    ],
)
def test_what_could_carry_a_message_is_refused(field: str, value: Any) -> None:
    """Whatever comes into a mail is what ids and names are made of."""
    request = request_of([STOP, STOP])
    setattr(request.stops[1], field, value)
    with pytest.raises(InvalidField):
        stops_of(request)


def test_too_many_are_refused() -> None:
    with pytest.raises(InvalidField):
        stops_of(pb.ReportStopsRequest(stops=[pb.ReportStopsRequest.Stop()] * (MOST_STOPS + 1)))


def test_a_letter_says_what_stopped_why_and_what_to_do() -> None:
    """Word for word; no header is made of anything that was typed."""
    mail = stop_mail(STOP, UserId("usr_1"), Email("a@example.com"))
    letter = stop_letter(mail, STOP, base="https://app.example.com/")
    assert letter.text == LETTER
    assert letter.subject == "A connection stopped: it needs another credential"


def test_of_a_stop_each_owner_has_one_mail() -> None:
    """By its id; the next stop's is another."""
    first, second = UserId("usr_1"), UserId("usr_2")
    other = Stop("stp_2", *(getattr(STOP, name) for name in STOP.__slots__[1:]))
    ids = {
        stop_mail(stop, owner, Email("a@example.com")).mail_id
        for stop in (STOP, STOP, other)
        for owner in (first, second)
    }
    assert len(ids) == 4


@pytest.mark.parametrize(
    ("mailing", "late", "expected"),
    [
        (True, NEWS_MILLISECONDS - 1, [STOP]),
        (True, NEWS_MILLISECONDS, []),
        (False, 0, []),
    ],
)
async def test_nothing_is_kept_that_will_not_be_sent(
    *, mailing: bool, late: int, expected: list[Stop]
) -> None:
    """Where no mail is sent, and of what is no news any more: when its mail's id is forgotten."""
    noted = Noted()
    await ReportStops(noted, lambda: SINCE + late, mailing=mailing)([STOP])
    assert noted.stops == expected
