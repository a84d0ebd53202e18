"""Mails to owners of workspaces whose connections stopped: each noted once, whoever reports it."""

from pymongo.asynchronous.client_session import AsyncClientSession

from services.auth.domain.mail import stop_mail
from services.auth.store.mails import note_once
from services.auth.store.roster import lock_workspace, owners_to_write_to
from services.chassis.mongo import Database, in_transaction, store_call
from services.kernel.stop import Stop


class StopMailStore:
    """Notes them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @store_call
    async def note(self, stop: Stop) -> None:
        """Note a mail to each owner who has none of this stop.

        Within one transaction with who owns the workspace: nobody who leaves it, or is erased, is
        written to after that.
        """

        async def write(session: AsyncClientSession) -> None:
            await lock_workspace(self._database, stop.workspace_id, session)
            for owner in await owners_to_write_to(self._database, stop.workspace_id, session):
                mail = stop_mail(stop, owner.user_id, owner.email)
                await note_once(self._database, mail, session)

        await in_transaction(self._database, write)
