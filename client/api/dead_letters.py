"""What is left of syncs that ended badly for good."""

from collections.abc import AsyncIterator, Sequence
from typing import Final, TypeAlias

from client.api.area import Area
from client.api.pages import PAGE_SIZE
from jira_analytics.sync.v1 import sync_pb2

Reason: TypeAlias = "sync_pb2.DeadLetter.Reason.ValueType"
ANY_REASON: Final = sync_pb2.DeadLetter.REASON_UNSPECIFIED


class DeadLetters(Area):
    """Calls about dead letters."""

    async def dead_letters(
        self, connection: str = "", *, reason: Reason = ANY_REASON
    ) -> sync_pb2.ListDeadLettersResponse:
        """List the workspace's dead letters, the latest first: a thousand is all there can be."""
        request = sync_pb2.ListDeadLettersRequest(
            connection_id=connection, reason=reason, page_size=PAGE_SIZE
        )
        return await self._calls.ask(self._sync.ListDeadLetters, request)

    async def replay(self, ids: Sequence[str]) -> sync_pb2.ReplayDeadLettersResponse:
        """Start again what these letters are about, once."""
        request = sync_pb2.ReplayDeadLettersRequest(dead_letter_ids=ids)
        return await self._calls.ask(self._sync.ReplayDeadLetters, request)

    async def replay_found(
        self, connection: str = "", *, reason: Reason = ANY_REASON
    ) -> AsyncIterator[sync_pb2.ReplayDeadLettersResponse]:
        """Start again what a filter finds, a hundred at a time; everything where there is none."""
        request = sync_pb2.ReplayDeadLettersRequest(
            connection_id=connection, reason=reason, all=not (connection or reason)
        )
        more = True
        while more:
            done = await self._calls.ask(self._sync.ReplayDeadLetters, request)
            yield done
            request.page_token = done.next_page_token
            more = bool(done.next_page_token)
