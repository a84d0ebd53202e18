"""The auth service as a process of its own, with its log in a file."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import httpx
from pymongo import AsyncMongoClient

from jira_analytics.auth.v1.auth_pb2_grpc import AuthServiceStub
from services.chassis.mongo import Database
from tests.rpc.auth_service import CLIENTS, MASTER
from tests.stores import free_port

ROOT = Path(__file__).parents[2]
START_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Process:
    """A running service process."""

    popen: subprocess.Popen[bytes]
    log: Path
    stub: Any
    database: Database
    address: str


async def await_ready(process: subprocess.Popen[bytes], port: int) -> None:
    ends = time.monotonic() + START_SECONDS
    async with httpx.AsyncClient(trust_env=False) as http:
        while time.monotonic() < ends and process.poll() is None:
            try:
                if (await http.get(f"http://127.0.0.1:{port}/ready")).is_success:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.05)
    raise AssertionError("the service did not become ready")


@asynccontextmanager
async def auth_process(
    mongo_url: str, mongo_database: str, log_path: Path, **others: str
) -> AsyncIterator[Process]:
    """Run the service with every call logged as slow, its passwords hashed cheaply.

    `others`: more of its environment.
    """
    grpc_port, http_port = free_port(), free_port()
    environment = {
        **os.environ,
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'gen'}",
        "GRPC_PORT": str(grpc_port),
        "HTTP_PORT": str(http_port),
        "MONGO_URL": mongo_url,
        "MONGO_DATABASE": mongo_database,
        "MASTER_KEYS": MASTER,
        "CLIENTS_SECRETS": CLIENTS,
        "PASSWORDS_COST": "4",
        "LOG_LEVEL": "DEBUG",
        "LOG_SLOW_MILLISECONDS": "0.001",
        "DRAIN_NOTICE_SECONDS": "0",
        **others,
    }
    command = [sys.executable, "-m", "services.auth"]
    with log_path.open("wb") as log:
        popen = subprocess.Popen(  # noqa: ASYNC220 - it outlives this loop's turn
            command, env=environment, cwd=ROOT, stdout=log, stderr=log
        )
    try:
        await await_ready(popen, http_port)
        client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(mongo_url)
        address = f"127.0.0.1:{grpc_port}"
        async with grpc.aio.insecure_channel(address) as channel, client:
            stub = AuthServiceStub(channel)
            yield Process(popen, log_path, stub, client[mongo_database], address)
    finally:
        popen.terminate()
        popen.wait(15)
