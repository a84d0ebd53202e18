"""Owners are mailed that a connection stopped: each once, through a real SMTP server."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from email.message import Message
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from jira_analytics.auth.v1 import internal_pb2 as pb
from jira_analytics.sync.v1.connection_pb2 import Connection
from services.auth.settings import SmtpSettings
from tests.rpc.auth_service import Auth, auth_service, refused
from tests.rpc.auth_workspaces import Person, disable, person_of, signed_up
from tests.rpc.mail_servers import Mailbox, mail_server, smtp_settings, text_of

Stop = pb.ReportStopsRequest.Stop


@dataclass(frozen=True, slots=True)
class Reported:
    """Auth, whose mails come into a box."""

    auth: Auth
    box: Mailbox

    def stop(self, owner: Person, **fields: Any) -> Stop:
        """Make a stop that is a second old."""
        since = Timestamp()
        since.FromMilliseconds(self.auth.clock() - 1000)
        usual = {
            "id": "stp_1",
            "workspace_id": owner.workspace_id,
            "connection_id": "con_1",
            "connection_name": "site",
            "source": Connection.JIRA_CLOUD,
            "cause": Stop.REFUSED,
        }
        return Stop(stop_time=since, **{**usual, **fields})

    async def report(self, *stops: Stop) -> None:
        """Report as sync does."""
        metadata = await self.auth.as_service()
        await self.auth.internal.ReportStops(pb.ReportStopsRequest(stops=stops), metadata=metadata)

    async def notices(self) -> list[Message]:
        """Wait until no mail waits, and give the notices that were mailed."""
        ends = time.monotonic() + 30
        while await self.auth.database["mails"].count_documents({"sent": None}):
            assert time.monotonic() < ends, "a mail still waits"
            await asyncio.sleep(0.05)
        return [one for one in self.box.messages if "stopped" in str(one["Subject"])]

    async def mailed(self) -> list[str]:
        """Tell whom notices were mailed to."""
        return sorted(str(message["To"]) for message in await self.notices())


async def member(auth: Auth, owner: Person, email: str, role: str) -> Person:
    """Have somebody in the owner's workspace, without a mail."""
    person = await signed_up(auth, email)
    there = await auth.database["members"].find_one({"user_id": owner.user_id})
    assert there is not None
    own = {"_id": f"{owner.workspace_id}:{person.user_id}", "user_id": person.user_id}
    await auth.database["members"].insert_one({**there, **own, "role": role})
    return person


@pytest.fixture
async def reported(mongo_url: str, mongo_database: str) -> AsyncIterator[Reported]:
    with mail_server() as box:
        smtp = smtp_settings(box.port)
        async with auth_service(mongo_url, mongo_database, smtp=smtp) as auth:
            yield Reported(auth, box)


async def test_an_owner_is_mailed_once_of_a_stop(reported: Reported) -> None:
    """However often it is reported, also by many at once, before and after it was mailed."""
    owner = await signed_up(reported.auth, "a@example.com")
    stop = reported.stop(owner)
    await asyncio.gather(*(reported.report(stop, stop) for _ in range(5)))
    assert await reported.mailed() == ["a@example.com"]
    await reported.report(stop)
    assert await reported.mailed() == ["a@example.com"]
    [message] = await reported.notices()
    assert 'The connection "site" (Jira Cloud)' in text_of(message)
    await reported.report(reported.stop(owner, id="stp_2"))
    assert await reported.mailed() == ["a@example.com"] * 2


async def test_every_owner_who_counts_is_mailed_and_nobody_else(reported: Reported) -> None:
    """No admin, nobody who is disabled, no address that nobody has confirmed, nobody elsewhere."""
    auth = reported.auth
    owner = await signed_up(auth, "a@example.com")
    await signed_up(auth, "other@example.com")
    unconfirmed = await person_of(auth, await auth.sign_up("unconfirmed@example.com"))
    for name, role in {"second": "OWNER", "admin": "ADMIN", "disabled": "OWNER"}.items():
        person = await member(auth, owner, f"{name}@example.com", role)
        if name == "disabled":
            await disable(auth, person)
    await reported.report(
        reported.stop(owner),
        reported.stop(unconfirmed, id="stp_2"),
        reported.stop(replace(owner, workspace_id="wsp_none"), id="stp_3"),
    )
    assert await reported.mailed() == ["a@example.com", "second@example.com"]


async def test_without_a_server_nothing_is_kept(mongo_url: str, mongo_database: str) -> None:
    """Neither mailed nor left for the operator: the connection's state says it all."""
    async with auth_service(mongo_url, mongo_database, smtp=SmtpSettings()) as auth:
        owner = await signed_up(auth, "a@example.com")
        before = await auth.database["mails"].count_documents({})
        nowhere = Reported(auth, Mailbox(0))
        await nowhere.report(nowhere.stop(owner))
        assert await auth.database["mails"].count_documents({}) == before


async def test_services_only(reported: Reported) -> None:
    owner = await signed_up(reported.auth, "a@example.com")
    request = pb.ReportStopsRequest(stops=[reported.stop(owner)])
    async with refused("TOKEN_INVALID"):
        await reported.auth.internal.ReportStops(request, metadata=owner.bearer)
