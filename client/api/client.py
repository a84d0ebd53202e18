"""The client, put together of its areas."""

from types import TracebackType
from typing import Self

from client.api.accounts import Accounts
from client.api.analytics import Analytics
from client.api.api_keys import ApiKeys
from client.api.audit import Audit
from client.api.collecting import Collecting
from client.api.dead_letters import DeadLetters
from client.api.invites import Invites
from client.api.sessions import Sessions
from client.api.workspaces import Workspaces


class Client(
    Accounts,
    Sessions,
    Workspaces,
    Invites,
    ApiKeys,
    Audit,
    Collecting,
    DeadLetters,
    Analytics,
):
    """One gateway, and the account that is signed in there or the machine that has a key.

        async with Client(find_gateway(), SessionFile(default_file())) as client:
            await client.log_in("ada@example.com", password=password)
            summary = await client.executive_summary(Question(last_days=90))

        async with Client(find_gateway(), ApiKey(secret)) as client:
            summary = await client.executive_summary(Question(last_days=90))

    It is made within the loop that it works in. Each call has a deadline and raises ClientError
    (client.failures) and nothing else.
    """

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._calls.close()
