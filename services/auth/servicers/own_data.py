"""The methods ExportAccount, DeleteAccount: parse, ask, pack."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from google.protobuf.empty_pb2 import Empty

from jira_analytics.auth.v1 import auth_pb2 as pb
from services.auth.accounts.delete_account import DeleteAccount
from services.auth.accounts.export_account import ExportAccount
from services.auth.answers.own_data import record_message
from services.chassis import deadline
from services.chassis.acting import acting
from services.chassis.layers import Context


@dataclass(frozen=True, slots=True)
class OwnDataMethods:
    """Serves ExportAccount, DeleteAccount."""

    exporting: ExportAccount
    deleting: DeleteAccount

    async def ExportAccount(
        self, _request: pb.ExportAccountRequest, context: Context
    ) -> AsyncIterator[pb.AccountRecord]:
        """Hand out everything that is held about the caller."""
        actor = acting()
        async for record in self.exporting(actor):
            yield record_message(record, current=actor.session_id)
            # Each record has the time that a call has: an export may take longer than one.
            deadline.begin(context.time_remaining())

    async def DeleteAccount(self, _request: pb.DeleteAccountRequest, _: Context) -> Empty:
        """Delete the caller's account."""
        await self.deleting(acting())
        return Empty()
