"""A stack with the bundled issues synced, its limits raised but judged, for measuring."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import grpc
import psutil

from deploy.local.options import Options, Running, TwinOptions
from deploy.local.stack import start
from jira_analytics.auth.v1 import auth_pb2, auth_pb2_grpc
from jira_analytics.sync.v1 import connection_pb2, connection_pb2_grpc, sync_pb2, sync_pb2_grpc
from services.gateway.policy import LOAD_FACTOR

CALL_SECONDS = 15
EMAIL = "load@example.com"
PASSWORD = "load load load load"
SYNC_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Synced:
    """A running stack, a token for it, and its processes."""

    running: Running
    token: str
    pids: dict[str, int]
    addresses: dict[str, str]

    @property
    def target(self) -> str:
        """The gateway as gRPC names it."""
        return self.running.gateway_url.removeprefix("https://")

    @property
    def metadata(self) -> tuple[tuple[str, str], ...]:
        """What every call carries."""
        return (("authorization", f"Bearer {self.token}"),)

    def credentials(self) -> grpc.ChannelCredentials:
        """Trust the stack's own authority, and it alone."""
        return grpc.ssl_channel_credentials(self.running.ca.read_bytes())


@contextmanager
def synced_stack() -> Iterator[Synced]:
    """Run a stack with the twin's issues of 2012-04-01 synced; gone when left."""
    with tempfile.TemporaryDirectory(prefix="load-") as folder:
        options = Options(
            folder=Path(folder), twin=TwinOptions(now_is="2012-04-01"), limits_factor=LOAD_FACTOR
        )
        with start(options) as running:
            record = json.loads((running.folder / "stack.json").read_text())
            addresses = {row["name"]: row["address"] for row in record["processes"]}
            _make_user(f"mongodb://{addresses['mongo']}/")
            token = _fill(running)
            yield Synced(
                running=running,
                token=token,
                pids={row["name"]: row["pid"] for row in record["processes"]},
                addresses=addresses,
            )


def _make_user(mongo_url: str) -> None:
    """Make a user of the highest tier, as an operator would: a free one may not ask so much."""
    user = ("--email", EMAIL, "--password", PASSWORD, "--tier", "enterprise")
    subprocess.run(
        [sys.executable, "-m", "services.auth", "create-user", *user],
        env={**os.environ, "MONGO_URL": mongo_url},
        check=True,
        capture_output=True,
        timeout=CALL_SECONDS * 2,
    )


def _fill(running: Running) -> str:
    """Sign in, connect the twin and sync; gives an access token."""
    trust = grpc.ssl_channel_credentials(running.ca.read_bytes())
    with grpc.secure_channel(running.gateway_url.removeprefix("https://"), trust) as channel:
        login = auth_pb2.LoginRequest(email=EMAIL, password=PASSWORD)
        auth = auth_pb2_grpc.AuthServiceStub(channel)
        token = str(auth.Login(login, timeout=CALL_SECONDS).access_token)
        metadata = (("authorization", f"Bearer {token}"),)
        offered = connection_pb2.CreateConnectionRequest(
            name="twin",
            source=connection_pb2.Connection.JIRA_CLOUD,
            site_url=running.twin_url or "",
            email=EMAIL,
            api_token="twin-token",
        )
        connections = connection_pb2_grpc.ConnectionServiceStub(channel)
        connections.CreateConnection(offered, timeout=CALL_SECONDS, metadata=metadata)
        sync = sync_pb2_grpc.SyncServiceStub(channel)
        job = sync.StartSync(sync_pb2.StartSyncRequest(), timeout=CALL_SECONDS, metadata=metadata)
        watch = sync_pb2.WatchSyncJobRequest(job_id=job.id)
        for seen in sync.WatchSyncJob(watch, timeout=SYNC_SECONDS, metadata=metadata):
            job = seen
    if job.state != sync_pb2.SyncJob.SUCCEEDED:
        raise RuntimeError(f"the sync did not succeed: {job.error.message}")
    return token


def rss_megabytes(pid: int) -> float:
    """Tell how much memory a process has, in MB."""
    return float(psutil.Process(pid).memory_info().rss) / 1e6
