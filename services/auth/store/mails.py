"""The outbox in MongoDB: mails noted with the change that asks for them, taken up to be sent.

Whoever takes a mail up counts its attempts: that number fences off whoever took it up before and
was too slow. It is due again when the lease runs out.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from bson.datetime_ms import DatetimeMS
from pymongo.asynchronous.client_session import AsyncClientSession

from services.auth.domain.email import Email
from services.auth.domain.link import Link, LinkKind
from services.auth.domain.mail import Mail, NoticeKind
from services.auth.store.audit_inbox import note_events
from services.auth.store.collections import MAILS
from services.auth.store.links import note_link
from services.chassis.mongo import Database, Document, in_transaction, store_call
from services.kernel.audit import AuditEvent
from services.kernel.connection import Source
from services.kernel.ids import Instant
from services.kernel.origin import Origin
from services.kernel.stop import Cause, Stop


async def note_mail(database: Database, mail: Mail, session: AsyncClientSession) -> None:
    """Note a mail, within the transaction that asks for it."""
    await database[MAILS].insert_one(document_of_mail(mail), session=session)


async def note_once(database: Database, mail: Mail, session: AsyncClientSession) -> bool:
    """Note a mail within a transaction, unless its window has had one; tells whether it did.

    Whoever calls has written to what the mail is about: of two at once one sees the other's.
    """
    if await database[MAILS].find_one({"_id": mail.mail_id}, session=session):
        return False
    await note_mail(database, mail, session)
    return True


async def note_in_window(
    database: Database, mails: Iterator[Mail], session: AsyncClientSession
) -> None:
    """Note the first of these, each of a window, whose window's mail nobody has taken up yet.

    What waits for that window to be sent gives way to it.
    """
    for mail in mails:
        place = {"_id": mail.mail_id}
        waiting = await database[MAILS].find_one(place, session=session)
        if waiting is None or waiting["attempts"] == 0:
            document = document_of_mail(mail)
            await database[MAILS].replace_one(place, document, upsert=True, session=session)
            return


class MailStore:
    """Keeps mails until they are sent or pointless."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._mails = database[MAILS]

    @store_call
    async def add(self, mail: Mail) -> None:
        """Note a mail, unless one of its id is noted."""
        document = document_of_mail(mail)
        known = {"_id": document.pop("_id")}
        await self._mails.update_one(known, {"$setOnInsert": document}, upsert=True)

    @store_call
    async def claim(
        self, *, now: Instant, until: Instant, email: Email | None = None
    ) -> Mail | None:
        """Take up a mail that is due, the longest due first, until a lease runs out."""
        due = {"sent": None, "due": {"$lte": now}, "expires": {"$gt": now}}
        taken = await self._mails.find_one_and_update(
            due if email is None else {**due, "email": str(email)},
            {"$set": {"due": until}, "$inc": {"attempts": 1}},
            sort=[("due", 1)],
            return_document=True,
        )
        return mail_of(taken) if taken else None

    @store_call
    async def keep_link(self, mail: Mail, link: Link, events: Iterable[AuditEvent]) -> bool:
        """Keep the link that a mail is about to be sent with; False where it was taken up since."""

        async def write(session: AsyncClientSession) -> bool:
            change = {"$set": {"linked": True}}
            if not await self._change(mail, change, session):
                return False
            await note_link(self._database, link, session)
            await note_events(self._database, events, session)
            return True

        return await in_transaction(self._database, write)

    @store_call
    async def holds(self, mail: Mail) -> bool:
        """Tell whether nobody has taken a mail up since."""
        return await self._mails.find_one(_own(mail), {"_id": 1}) is not None

    @store_call
    async def mark_sent(self, mail: Mail, *, now: Instant) -> None:
        """Note that a mail needs no more sending."""
        await self._change(mail, {"$set": {"sent": now}})

    @store_call
    async def put_off(self, mail: Mail, *, due: Instant) -> None:
        """Have a mail sent again later."""
        await self._change(mail, {"$set": {"due": due}})

    async def _change(
        self, mail: Mail, change: Document, session: AsyncClientSession | None = None
    ) -> bool:
        changed = await self._mails.find_one_and_update(_own(mail), change, session=session)
        return changed is not None


def _own(mail: Mail) -> Document:
    return {"_id": mail.mail_id, "attempts": mail.attempts, "sent": None}


def document_of_mail(mail: Mail) -> Document:
    """Turn a mail into its document."""
    return {
        "_id": mail.mail_id,
        "kind": mail.kind.value,
        "email": mail.email,
        "subject_id": mail.subject_id,
        "due": mail.due,
        "expires": mail.expires,
        "expires_at": DatetimeMS(mail.expires),
        "attempts": mail.attempts,
        "sent": None,
        "address_prefix": mail.origin.address_prefix,
        "trace_id": mail.origin.trace_id,
        "stop": asdict(mail.stop) if mail.stop else None,
    }


def mail_of(document: Document) -> Mail:
    """Turn a document back into the mail it was made of."""
    stop = document.get("stop")
    return Mail(
        mail_id=document["_id"],
        kind=NoticeKind(document["kind"]) if stop else LinkKind(document["kind"]),
        email=Email(document["email"]),
        subject_id=document["subject_id"],
        due=document["due"],
        expires=document["expires"],
        attempts=document["attempts"],
        origin=Origin(document["address_prefix"], trace_id=document["trace_id"]),
        stop=_stop_of(stop) if stop else None,
    )


def _stop_of(document: Mapping[str, Any]) -> Stop:
    kinds = {"source": Source(document["source"]), "cause": Cause(document["cause"])}
    return Stop(**{**document, **kinds})
