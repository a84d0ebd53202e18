"""What sends mails in tests: the product's own, with a clock that stands and letters on a pile."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from pydantic import SecretStr
from pymongo.asynchronous.client_session import AsyncClientSession

from services.auth.assembly.mails import sender
from services.auth.domain.link import Link, ShownLink
from services.auth.domain.mail import Mail, verification_mail
from services.auth.mail.letters import Letter
from services.auth.mail.sending import NotDelivered, SendMails
from services.auth.settings import LinkSettings, MasterSettings, PostingSettings, SmtpSettings
from services.auth.store.links import note_link, redeem
from services.auth.store.mails import note_mail
from services.chassis.mongo import Database, in_transaction
from services.chassis.settings import Mongo
from services.kernel.ids import UserId
from tests.rpc.auth_service import MASTER
from tests.unit.auth_examples import NOW, USER, membership

EMAIL = membership().account.email
DAY = 24 * 3600 * 1000


class Clock:
    """A clock that stands."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> int:
        return self.now


async def noted(database: Database, mail: Mail) -> None:
    async def write(session: AsyncClientSession) -> None:
        await note_mail(database, mail, session)

    await in_transaction(database, write)


async def use(database: Database, shown: ShownLink, now: int = NOW) -> None:
    async def write(session: AsyncClientSession) -> None:
        await redeem(database, shown, session, now=now)

    await in_transaction(database, write)


def sending(
    database: Database, deliver: Any, clock: Callable[[], int] | None = None, **smtp: Any
) -> SendMails:
    settings = PostingSettings(
        mongo=Mongo(url=SecretStr("mongodb://unused")),
        master=MasterSettings(keys=SecretStr(MASTER)),
        smtp=SmtpSettings(**smtp),
        links=LinkSettings(address="https://app.example.com/"),
    )
    return sender(settings, database, clock or Clock(), deliver)


class Pile:
    """Takes letters, after refusing some."""

    def __init__(self, *refusals: NotDelivered) -> None:
        self.refusals = [*refusals]
        self.letters: list[Letter] = []

    async def __call__(self, letter: Letter) -> None:
        if self.refusals:
            raise self.refusals.pop(0)
        self.letters.append(letter)


def verify_mail(user_id: str = USER) -> Mail:
    return verification_mail(replace(membership().account, user_id=UserId(user_id)), now=NOW)


async def kept(database: Database, link: Link) -> None:
    async def write(session: AsyncClientSession) -> None:
        await note_link(database, link, session)

    await in_transaction(database, write)
