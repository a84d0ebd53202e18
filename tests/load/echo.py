"""A bare grpc.aio server on uvloop that gives the same bytes to whatever it is asked.

`python -m tests.load.echo FILE` prints its port; it is what a warm read is measured against.
"""

import asyncio
import sys
from pathlib import Path
from typing import Any

import grpc
import uvloop

PATH = "jira_analytics.analytics.v1.AnalyticsService"


async def main(answer: bytes) -> None:
    """Serve until killed."""

    async def echo(_request: bytes, _context: Any) -> bytes:
        return answer

    server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
    handler: Any = grpc.unary_unary_rpc_method_handler(echo)
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler(PATH, {"GetExecutiveSummary": handler}),)
    )
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(port, flush=True)
    await asyncio.sleep(3600)


if __name__ == "__main__":
    uvloop.run(main(Path(sys.argv[1]).read_bytes()))
