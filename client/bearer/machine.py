"""A machine: it trades its API key for access tokens, and writes nothing down."""

import asyncio
import time
from dataclasses import dataclass, field

from client.bearer.bearer import EXPIRY_MARGIN_SECONDS
from client.channel import Line
from client.failures import ClientError, Refused
from jira_analytics.auth.v1 import auth_pb2
from jira_analytics.auth.v1.auth_pb2_grpc import AuthServiceStub

KEY_VARIABLE = "JIRA_ANALYTICS_API_KEY"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A machine's credential. What it shows of itself does not hold it."""

    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Token:
    text: str = field(repr=False)
    expires: float

    @property
    def expired(self) -> bool:
        return self.expires - EXPIRY_MARGIN_SECONDS <= time.time()


class Machine:
    """The bearer of a key's access tokens; they are in memory alone."""

    email = ""

    def __init__(self, line: Line, key: ApiKey) -> None:
        self._line = line
        self._key = key
        self._trading = asyncio.Lock()
        self._token: _Token | None = None

    async def close(self) -> None:
        """Nothing is on its way that could be lost."""

    async def token(self) -> str:
        """Give an access token that holds by this machine's clock."""
        return await self._other_than("")

    async def renewed(self, *, instead_of: str) -> str:
        """Trade the key again, unless another call just did."""
        return await self._other_than(instead_of)

    def ended(self) -> ClientError:
        """Say that the key's tokens are refused."""
        return Refused(
            "the tokens of this API key are refused",
            reason="API_KEY_INVALID",
            advice=f"ask an admin of the workspace for another, and put it in {KEY_VARIABLE}",
        )

    async def _other_than(self, refused: str) -> str:
        async with self._trading:
            token = self._token
            if token is None or token.text == refused or token.expired:
                token = self._token = await self._traded()
            return token.text

    async def _traded(self) -> _Token:
        request = auth_pb2.ExchangeApiKeyRequest(api_key=self._key.secret)
        answer = await self._line.call(AuthServiceStub(self._line.channel).ExchangeApiKey, request)
        return _Token(answer.access_token, time.time() + answer.expires_in)
