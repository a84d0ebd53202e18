"""Invitations in MongoDB; the `_id` is the workspace and the address, so that there is one of each.

An id is given anew with every invitation: links of the one before lead nowhere from then on.
"""

from collections.abc import Callable

from bson.datetime_ms import DatetimeMS
from pymongo.asynchronous.client_session import AsyncClientSession

from services.auth.domain.account import Membership
from services.auth.domain.email import Email
from services.auth.domain.invite import Acceptance, Invite, voiding
from services.auth.domain.link import ShownLink
from services.auth.domain.mail import invite_mails
from services.auth.domain.page import Page, Position, Rows, cut
from services.auth.domain.roster import Roster
from services.auth.store.audit_inbox import note_events
from services.auth.store.collections import ACCOUNTS, EMAILS, INVITES, WORKSPACES
from services.auth.store.documents import account_of, workspace_of
from services.auth.store.holding import hold
from services.auth.store.links import redeem
from services.auth.store.mails import note_in_window
from services.auth.store.paging import read_page
from services.auth.store.roster import (
    find_giver,
    find_member,
    insert_member,
    lock_workspace,
    others_own,
    read_roster,
)
from services.chassis.mongo import Database, Document, in_transaction, store_call
from services.kernel.audit import Actor, AuditEvent
from services.kernel.errors import LinkInvalid, NotFound
from services.kernel.ids import Instant, UserId, WorkspaceId
from services.kernel.membership import Role


class InviteStore:
    """Keeps invitations."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @store_call
    async def add(
        self, actor: Actor, invite: Invite, check: Callable[[Roster, int], None], event: AuditEvent
    ) -> None:
        """Keep an invitation and its mail, in place of the address's last, if `check` lets it.

        It is told how many others stand.
        """
        document = document_of_invite(invite)

        async def write(session: AsyncClientSession) -> None:
            await hold(self._database, actor, session)
            place = {"_id": document["_id"]}
            invites = self._database[INVITES]
            others = {
                "workspace_id": str(invite.workspace_id),
                "expires": {"$gt": invite.created},
                "_id": {"$ne": document["_id"]},
            }
            roster = await self._roster(invite, session)
            check(roster, await invites.count_documents(others, session=session))
            last = await invites.find_one(place, session=session)
            await invites.replace_one(place, document, upsert=True, session=session)
            mails = invite_mails(
                invite.email, invite.workspace_id, invite.invite_id, now=invite.created
            )
            await note_in_window(self._database, mails, session)
            voided = voiding(event, invite_of(last)) if last else ()
            await note_events(self._database, [event, *voided], session)

        await in_transaction(self._database, write)

    @store_call
    async def page(self, workspace_id: WorkspaceId, page: Page, *, now: Instant) -> Rows[Invite]:
        """Give a page of a workspace's invitations that stand, by when they were made."""
        standing = {"workspace_id": str(workspace_id), "expires": {"$gt": now}}
        found = await read_page(self._database[INVITES], standing, page, by=("created", "id"))
        invites = [invite_of(document) for document in found]
        return cut(invites, page, lambda invite: Position(invite.created, invite.invite_id))

    @store_call
    async def remove(self, actor: Actor, invite_id: str, event: AuditEvent) -> None:
        """Take an invitation of the actor's workspace back; NotFound where it has none such."""
        own = {"id": invite_id, "workspace_id": str(actor.workspace_id)}

        async def write(session: AsyncClientSession) -> None:
            await hold(self._database, actor, session)
            gone = await self._database[INVITES].delete_one(own, session=session)
            if gone.deleted_count == 0:
                raise NotFound("invite")
            await note_events(self._database, [event], session)

        await in_transaction(self._database, write)

    @store_call
    async def accept(
        self,
        actor: Actor,
        shown: ShownLink,
        decide: Callable[[Acceptance], tuple[Membership, tuple[AuditEvent, ...]]],
        *,
        now: Instant,
    ) -> Membership:
        """Use a link and make the actor a member as is decided; LinkInvalid, TokenStale."""
        user_id = actor.user_id

        async def write(session: AsyncClientSession) -> Membership:
            await hold(self._database, actor, session)
            await redeem(self._database, shown, session, now=now)
            acceptance = await self._acceptance(shown.subject_id, user_id, session, now=now)
            membership, events = decide(acceptance)
            place = {"_id": document_of_invite(acceptance.invite)["_id"]}
            await self._database[INVITES].delete_one(place, session=session)
            confirmed = {"$set": {"verified": True}}
            accounts = self._database[ACCOUNTS]
            await accounts.update_one({"_id": str(user_id)}, confirmed, session=session)
            await note_events(self._database, events, session)
            return await insert_member(self._database, membership, session)

        return await in_transaction(self._database, write)

    async def _roster(self, invite: Invite, session: AsyncClientSession) -> Roster:
        known = await self._database[EMAILS].find_one({"_id": str(invite.email)}, session=session)
        return await read_roster(
            self._database,
            invite.workspace_id,
            session,
            giver_id=invite.inviter_id,
            user_id=UserId(known["user_id"] if known else ""),
            now=invite.created,
        )

    async def _acceptance(
        self, invite_id: str, user_id: UserId, session: AsyncClientSession, *, now: Instant
    ) -> Acceptance:
        kept = await self._database[INVITES].find_one({"id": invite_id}, session=session)
        if kept is None:
            raise LinkInvalid
        invite = invite_of(kept)
        workspace_id = invite.workspace_id
        await lock_workspace(self._database, workspace_id, session)
        place, own = {"_id": str(workspace_id)}, {"_id": str(user_id)}
        workspace = await self._database[WORKSPACES].find_one(place, session=session)
        account = await self._database[ACCOUNTS].find_one(own, session=session)
        if workspace is None or account is None:
            raise LinkInvalid
        inviter_id = invite.inviter_id
        member = await find_member(self._database, workspace_id, user_id, session)
        return Acceptance(
            invite=invite,
            account=account_of(account),
            workspace=workspace_of(workspace),
            inviter=await find_giver(
                self._database, workspace_id, session, actor_id=inviter_id, now=now
            ),
            is_member=member is not None,
            others_own=await others_own(self._database, workspace_id, user_id, session),
        )


def document_of_invite(invite: Invite) -> Document:
    """Turn an invitation into its document."""
    return {
        "_id": f"{invite.workspace_id}:{invite.email}",
        "id": invite.invite_id,
        "workspace_id": invite.workspace_id,
        "email": invite.email,
        "role": invite.role.value,
        "inviter_id": invite.inviter_id,
        "created": invite.created,
        "expires": invite.expires,
        "expires_at": DatetimeMS(invite.expires),
    }


def invite_of(document: Document) -> Invite:
    """Turn a document back into the invitation it was made of."""
    return Invite(
        invite_id=document["id"],
        workspace_id=WorkspaceId(document["workspace_id"]),
        email=Email(document["email"]),
        role=Role(document["role"]),
        inviter_id=document["inviter_id"],
        created=document["created"],
    )
