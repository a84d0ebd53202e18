"""The members of workspaces in MongoDB."""

from collections.abc import Callable

from pymongo.asynchronous.client_session import AsyncClientSession

from services.auth.domain.account import Membership
from services.auth.domain.page import Page, Position, Rows, cut
from services.auth.domain.roster import MemberChange, Roster
from services.auth.store.audit_inbox import note_events
from services.auth.store.collections import ACCOUNTS, MEMBERS, WORKSPACES
from services.auth.store.documents import membership_of
from services.auth.store.holding import hold
from services.auth.store.paging import read_page
from services.auth.store.revocations import note_revocations
from services.auth.store.roster import delete_member, read_roster, update_member
from services.chassis.mongo import Database, in_transaction, store_call
from services.kernel.audit import Actor
from services.kernel.ids import Instant, UserId, WorkspaceId


class MemberStore:
    """Keeps who belongs where."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @store_call
    async def page(self, workspace_id: WorkspaceId, page: Page) -> Rows[Membership]:
        """Give a page of a workspace's members, by when they joined."""
        within, by = {"workspace_id": str(workspace_id)}, ("joined", "user_id")
        found = await read_page(self._database[MEMBERS], within, page, by=by)
        members = cut(found, page, lambda row: Position(row["joined"], row["user_id"]))
        ids = {"_id": {"$in": [member["user_id"] for member in members.rows]}}
        accounts = {row["_id"]: row async for row in self._database[ACCOUNTS].find(ids)}
        workspace = await self._database[WORKSPACES].find_one({"_id": str(workspace_id)})
        shown = [
            membership_of(accounts[member["user_id"]], workspace, member)
            for member in members.rows
            if workspace is not None and member["user_id"] in accounts
        ]
        return Rows(shown, members.next_after)

    @store_call
    async def change(
        self,
        actor: Actor,
        user_id: UserId,
        decide: Callable[[Roster], MemberChange],
        *,
        now: Instant,
    ) -> MemberChange:
        """Change a member of the actor's workspace as is decided, by its roster as it is then."""
        workspace_id = actor.workspace_id

        async def write(session: AsyncClientSession) -> MemberChange:
            await hold(self._database, actor, session)
            roster = await read_roster(
                self._database,
                workspace_id,
                session,
                giver_id=actor.user_id,
                user_id=user_id,
                now=now,
            )
            decided = decide(roster)
            keep = update_member if decided.stays else delete_member
            await keep(self._database, decided.member, session)
            await note_revocations(self._database, decided.revocations, session)
            await note_events(self._database, decided.events, session)
            return decided

        return await in_transaction(self._database, write)
