"""Builds what sends mails, and the operator's command that shows them instead."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

from services.auth.mail.minting import LinkMint
from services.auth.mail.sending import Delivery, SendMails, keep_sending
from services.auth.mail.smtp import smtp_of
from services.auth.settings import LinkSettings, MasterSettings, SmtpSettings, split_keys
from services.auth.store.mails import MailStore
from services.auth.store.people import PersonStore
from services.chassis.clock import Clock
from services.chassis.mongo import Database
from services.chassis.stopping import beside


class Mailing(Protocol):
    """The settings that mails need."""

    @property
    def master(self) -> MasterSettings:
        """The keys that links are made with."""

    @property
    def smtp(self) -> SmtpSettings:
        """The server that mails are handed to."""

    @property
    def links(self) -> LinkSettings:
        """Where links lead."""


def sender(settings: Mailing, database: Database, clock: Clock, deliver: Delivery) -> SendMails:
    """Build what sends mails."""
    return SendMails(
        mails=MailStore(database),
        people=PersonStore(database),
        mint=LinkMint(split_keys(settings.master.keys)),
        deliver=deliver,
        clock=clock,
        base=settings.links.address,
        pause_seconds=settings.smtp.pause_seconds,
    )


@asynccontextmanager
async def sending(settings: Mailing, database: Database, clock: Clock) -> AsyncIterator[None]:
    """Send mails until left; without a server they wait for the operator."""
    deliver = smtp_of(settings.smtp)
    if deliver is None:
        yield
        return
    send = sender(settings, database, clock, deliver)
    async with beside(keep_sending(send, settings.smtp.poll_seconds)):
        yield
