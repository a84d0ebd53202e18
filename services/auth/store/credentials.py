"""Passwords and addresses of people in MongoDB, as they are replaced and confirmed."""

from collections.abc import Sequence

from pymongo.asynchronous.client_session import AsyncClientSession

from services.auth.domain.account import Account
from services.auth.domain.link import LinkKind, ShownLink
from services.auth.domain.mail import verification_mail
from services.auth.domain.password_change import PasswordChange
from services.auth.domain.session import ended_everywhere
from services.auth.store.audit_inbox import note_events
from services.auth.store.collections import ACCOUNTS
from services.auth.store.documents import account_of, document_of_password
from services.auth.store.holding import hold
from services.auth.store.leftovers import end_leftovers
from services.auth.store.links import redeem, void_links
from services.auth.store.mails import note_once
from services.auth.store.revocations import note_revocations
from services.auth.store.session_writes import end_sessions
from services.chassis.mongo import Database, Document, in_transaction, store_call
from services.kernel.audit import Actor, AuditEvent, event
from services.kernel.errors import LinkInvalid
from services.kernel.ids import Instant
from services.kernel.origin import Origin
from services.kernel.revocation import Revocation


class CredentialStore:
    """Keeps by what people prove who they are."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @store_call
    async def replace(self, change: PasswordChange) -> Sequence[Revocation]:
        """Replace a password and end its sessions; nothing where the account has changed since.

        Where the link is the first proof that somebody reads the address's mail, what was made
        before it ends as well: keys and invitations.

        LinkInvalid or TokenStale, and nothing kept, where what allows it does not stand: the link,
        or else the actor's token.
        """

        async def write(session: AsyncClientSession) -> Sequence[Revocation]:
            if change.link is None:
                await hold(self._database, change.actor, session)
            else:
                await redeem(self._database, change.link, session, now=change.now)
            after = await self._put(change, session)
            if after is None:
                await session.abort_transaction()
                return ()
            revocation = Revocation(after.user_id, after.version, change.now)
            await note_revocations(self._database, [revocation], session)
            await self._end(change, session)
            if not change.is_first_proof:
                return (revocation,)
            actor, now = change.actor, change.now
            return (revocation, *await end_leftovers(self._database, actor, session, now=now))

        return await in_transaction(self._database, write)

    @store_call
    async def confirm(self, link: ShownLink, origin: Origin, *, now: Instant) -> None:
        """Confirm the address of the account that a link is for; LinkInvalid."""

        async def write(session: AsyncClientSession) -> None:
            await redeem(self._database, link, session, now=now)
            found = await self._database[ACCOUNTS].find_one_and_update(
                {"_id": link.subject_id}, {"$set": {"verified": True}}, session=session
            )
            if found is None:
                raise LinkInvalid
            account = account_of(found)
            actor = Actor(account.user_id, account.workspace_id, origin=origin)
            confirmed = event(actor, "account.verify", now=now, target_id=account.user_id)
            await note_events(self._database, [confirmed], session)

        await in_transaction(self._database, write)

    @store_call
    async def mail_again(self, actor: Actor, asked: AuditEvent) -> None:
        """Note the mail that confirms the actor's address and that it was asked for; TokenStale.

        Neither is where the address is confirmed, or one was mailed within the window.
        """

        async def write(session: AsyncClientSession) -> None:
            await hold(self._database, actor, session)
            unconfirmed = {"_id": str(actor.user_id), "verified": False}
            found = await self._database[ACCOUNTS].find_one(unconfirmed, session=session)
            if found is None:
                return
            mail = verification_mail(account_of(found), now=asked.occurred)
            if await note_once(self._database, mail, session):
                await note_events(self._database, [asked], session)

        await in_transaction(self._database, write)

    async def _put(self, change: PasswordChange, session: AsyncClientSession) -> Account | None:
        before = change.before
        as_judged: Document = {
            "_id": str(before.user_id),
            "version": before.version,
            "erased_from": before.erased_from,
        }
        fields: Document = {"password": document_of_password(change.password)}
        if change.link is not None:
            as_judged["verified"], fields["verified"] = before.verified, True
        found = await self._database[ACCOUNTS].find_one_and_update(
            as_judged,
            {"$set": fields, "$inc": {"version": 1}},
            return_document=True,
            session=session,
        )
        return account_of(found) if found else None

    async def _end(self, change: PasswordChange, session: AsyncClientSession) -> None:
        """End the sessions, and the links with which the password could be replaced again."""
        user_id = change.before.user_id
        ended = await end_sessions(self._database, user_id, session, but=change.stays)
        await void_links(self._database, LinkKind.RESET_PASSWORD, user_id, session)
        replaced = event(change.actor, change.action, now=change.now, target_id=user_id)
        others = ended_everywhere(ended, change.actor, now=change.now) if ended else ()
        await note_events(self._database, [replaced, *others], session)
