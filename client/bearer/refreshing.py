"""Trading a refresh token, also when the answer is lost on the way.

Each refresh token works once. A service that traded one gives the same pair again for ten seconds:
so a client that heard nothing asks again within them, and never later of its own accord.
"""

import asyncio
import time

import grpc

from client.channel import Line
from client.failures import Unreachable
from client.refusals import info_of
from jira_analytics.auth.v1 import auth_pb2
from jira_analytics.auth.v1.auth_pb2_grpc import AuthServiceStub

GRACE_SECONDS = 8.0
"""Less than the service's, which begins when the first request arrives there."""
TRY_SECONDS = 4.0
FIRST_PAUSE_SECONDS = 0.3

PERHAPS_DONE = {grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.UNAVAILABLE}


async def refresh(line: Line, refresh_token: str) -> auth_pb2.Tokens:
    """Trade a refresh token; where no answer comes, ask again as long as that is safe."""
    method = AuthServiceStub(line.channel).Refresh
    request = auth_pb2.RefreshRequest(refresh_token=refresh_token)
    began, tries = time.monotonic(), 0
    while True:
        tries += 1
        try:
            return await method(request, timeout=TRY_SECONDS)
        except grpc.aio.AioRpcError as error:
            failure = await line.explained(error)
            if not _answer_lost(error) or (tries == 1 and isinstance(failure, Unreachable)):
                raise failure from None
        pause = FIRST_PAUSE_SECONDS * 2 ** (tries - 1)
        if time.monotonic() + pause > began + GRACE_SECONDS:
            raise failure
        await asyncio.sleep(pause)


def _answer_lost(error: grpc.aio.AioRpcError) -> bool:
    """Tell whether the token may have been traded although no tokens came."""
    return error.code() in PERHAPS_DONE or info_of(error) is None
