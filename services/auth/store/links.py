"""Mailed links in MongoDB: by the digest of their token, until they are used."""

from bson.datetime_ms import DatetimeMS
from pymongo.asynchronous.client_session import AsyncClientSession

from services.auth.domain.link import Link, LinkKind, ShownLink
from services.auth.store.collections import LINKS
from services.chassis.mongo import Database
from services.kernel.errors import LinkInvalid
from services.kernel.ids import Instant


async def note_link(database: Database, link: Link, session: AsyncClientSession) -> None:
    """Keep a link, within a transaction."""
    document = {
        "_id": link.digest,
        "kind": link.kind.value,
        "subject_id": link.subject_id,
        "expires": link.expires,
        "expires_at": DatetimeMS(link.expires),
    }
    await database[LINKS].insert_one(document, session=session)


async def redeem(
    database: Database, shown: ShownLink, session: AsyncClientSession, *, now: Instant
) -> None:
    """Use a link, within the transaction of what it allows; LinkInvalid unless it stands.

    Its like go with it: of several mails about one thing the first that is followed counts.
    """
    found = await database[LINKS].find_one_and_delete(
        {"_id": str(shown.digest), "kind": shown.kind.value, "expires": {"$gt": now}},
        session=session,
    )
    if found is None or found["subject_id"] != shown.subject_id:
        raise LinkInvalid
    await void_links(database, shown.kind, shown.subject_id, session)


async def void_links(
    database: Database, kind: LinkKind, subject_id: str, session: AsyncClientSession
) -> None:
    """Take back every link of a kind that is for an account or an invitation."""
    like = {"subject_id": subject_id, "kind": kind.value}
    await database[LINKS].delete_many(like, session=session)
