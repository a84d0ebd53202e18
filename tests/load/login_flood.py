"""Signs in many times at once, from a process of its own, when told to on its standard input.

`python -m tests.load.login_flood ADDRESS COUNT` connects, says "ready", waits for a line, and says
how the calls ended. The person of call N is N@example.com, modulo how many there are.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from typing import Any

import grpc
import uvloop

from jira_analytics.auth.v1 import auth_pb2
from jira_analytics.auth.v1.auth_pb2_grpc import AuthServiceStub

PEOPLE = 8
PASSWORD = "seven tall ships at anchor"
CALL_SECONDS = 60
CONNECTIONS = 10


def email(number: int) -> str:
    """Name a person."""
    return f"{number % PEOPLE}@example.com"


async def _sign_in(stub: Any, number: int, ended: Counter[str]) -> None:
    request = auth_pb2.LoginRequest(email=email(number), password=PASSWORD)
    try:
        await stub.Login(request, timeout=CALL_SECONDS)
    except grpc.aio.AioRpcError as error:
        ended[error.code().name] += 1
    else:
        ended["OK"] += 1


async def main(address: str, count: int) -> None:
    """Connect, wait, and sign in so many times at once."""
    # Channels of their own: calls on one would queue behind its limit of streams.
    options = [("grpc.use_local_subchannel_pool", 1)]
    channels = [grpc.aio.insecure_channel(address, options) for _ in range(CONNECTIONS)]
    await asyncio.gather(*(channel.channel_ready() for channel in channels))
    stubs = [AuthServiceStub(channel) for channel in channels]
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    ended: Counter[str] = Counter()
    began = time.perf_counter()
    await asyncio.gather(
        *(_sign_in(stubs[number % CONNECTIONS], number, ended) for number in range(count))
    )
    print(json.dumps({"seconds": time.perf_counter() - began, "ended": ended}), flush=True)


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], int(sys.argv[2])))
