"""A real Envoy with rendered files, and the clients that talk to it byte for byte."""

import http.client
import json
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterable
from http import HTTPStatus
from pathlib import Path
from typing import Any, Self

import grpc
import trustme

from services.gateway.deployment import Deployment, Endpoint
from services.gateway.policy import POLICY_FILE
from services.gateway.render import write
from tests.edge.answers import Answer, GrpcAnswer, ask
from tests.edge.upstreams import LOCALHOST, Upstreams

DESCRIPTORS = Path(__file__).parents[2] / "gen" / "api.binpb"
ENVOY = Path(sys.executable).with_name("envoy")
START_SECONDS = 20
STOP_SECONDS = 5
LOG_SECONDS = 5

Headers = Iterable[tuple[str, str]]


class Certificates:
    """A certificate authority of our own and the gateway's certificate, as files."""

    def __init__(self, folder: Path) -> None:
        authority = trustme.CA()
        issued = authority.issue_cert("localhost", LOCALHOST)
        self.authority = folder / "ca.pem"
        self.chain = folder / "gateway.pem"
        self.key = folder / "gateway.key"
        authority.cert_pem.write_to_path(self.authority)
        issued.private_key_pem.write_to_path(self.key)
        for pem in issued.cert_chain_pems:
            pem.write_to_path(self.chain, append=True)


class Gateway:
    """One Envoy, from its rendered files to its end."""

    def __init__(
        self,
        folder: Path,
        upstreams: Upstreams,
        *,
        factor: int = 1,
        policy_file: Path = POLICY_FILE,
        certificates: Certificates | None = None,
        sync: Endpoint | None = None,
    ) -> None:
        self.certificates = certificates or Certificates(folder)
        self.deployment = Deployment(
            listen=Endpoint(LOCALHOST, _free_port()),
            folder=folder / "envoy",
            admin_socket=folder / "admin.sock",
            certificate_chain=self.certificates.chain,
            private_key=self.certificates.key,
            descriptors=DESCRIPTORS,
            access_log=folder / "access.log",
            auth=(upstreams.auth.endpoint,),
            analytics=tuple(one.endpoint for one in upstreams.analytics),
            sync=(sync or upstreams.sync.endpoint,),
            jwks=(upstreams.keys.endpoint,),
        )
        self.bootstrap = write(self.deployment, policy_file=policy_file, factor=factor)
        self.words = folder / "envoy.log"
        self._tls = ssl.create_default_context(cafile=str(self.certificates.authority))

    @property
    def trust(self) -> ssl.SSLContext:
        """What a client of it trusts."""
        return self._tls

    def __enter__(self) -> Self:
        with self.words.open("wb") as words:
            self._process = subprocess.Popen(
                [
                    *(ENVOY, "-c", self.bootstrap, "--log-level", "warning"),
                    *("--use-dynamic-base-id", "--concurrency", "1"),
                    *("--file-flush-interval-msec", "50"),
                ],
                stdout=words,
                stderr=words,
            )
        self._wait_until_healthy()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(STOP_SECONDS)

    @property
    def is_running(self) -> bool:
        """Whether Envoy lives."""
        return self._process.poll() is None

    @property
    def port(self) -> int:
        """Where it listens."""
        return self.deployment.listen.port

    def call(
        self,
        method: str,
        target: str,
        *,
        token: str | None = None,
        headers: Headers = (),
        body: bytes = b"",
        address: str = LOCALHOST,
    ) -> Answer:
        """Ask over HTTP/1.1 with exactly this target, from this address of the loopback net."""
        connection = http.client.HTTPSConnection(
            "localhost",
            self.port,
            timeout=30,
            context=self._tls,
            source_address=(address, 0),
        )
        try:
            connection.putrequest(method, target, skip_accept_encoding=True)
            if token is not None:
                connection.putheader("authorization", f"Bearer {token}")
            for name, value in headers:
                connection.putheader(name, value)
            if body or method == "POST":
                connection.putheader("content-length", str(len(body)))
            connection.endheaders(body or None)
            answer = connection.getresponse()
            return Answer(answer.status, _joined(answer.getheaders()), answer.read())
        finally:
            connection.close()

    def post(self, target: str, document: object, *, token: str | None = None) -> Answer:
        """Post JSON."""
        headers = [("content-type", "application/json")]
        return self.call(
            "POST", target, token=token, headers=headers, body=json.dumps(document).encode()
        )

    def rpc(self, path: str, request: bytes = b"", *, token: str | None = None) -> GrpcAnswer:
        """Ask over gRPC."""
        with self.channel() as channel:
            return ask(channel, path, request, token)

    def channel(self) -> grpc.Channel:
        """Open a gRPC channel, trusting the gateway's authority."""
        trusted = grpc.ssl_channel_credentials(self.certificates.authority.read_bytes())
        return grpc.secure_channel(f"localhost:{self.port}", trusted)

    def connect(self, **options: Any) -> ssl.SSLSocket:
        """Open a bare TLS connection; `options` are attributes of the SSL context."""
        context = ssl.create_default_context(cafile=str(self.certificates.authority))
        alpn = options.pop("alpn", None)
        for name, value in options.items():
            setattr(context, name, value)
        if alpn:
            context.set_alpn_protocols(alpn)
        plain = socket.create_connection((LOCALHOST, self.port), timeout=10)
        return context.wrap_socket(plain, server_hostname="localhost")

    def log_lines(self, *, holding: str, count: int = 1) -> list[dict[str, Any]]:
        """Wait for so many lines of the access log that hold a text, and give all there are."""
        until = time.monotonic() + LOG_SECONDS
        while time.monotonic() < until:
            time.sleep(0.1)
            text = self.deployment.access_log.read_text(encoding="utf-8")
            found = [line for line in text.splitlines() if holding in line]
            if len(found) >= count:
                return [json.loads(line) for line in found]
        raise AssertionError(f"fewer than {count} lines of the access log hold {holding}")

    def _wait_until_healthy(self) -> None:
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and self.is_running:
            try:
                # From another address, so that no test's limit has been counted on.
                health = self.call("GET", "/api/health", address="127.0.0.200")
            except OSError:
                health = None
            if health is not None and health.status == HTTPStatus.OK:
                return
            time.sleep(0.1)
        self.__exit__()
        raise AssertionError(f"Envoy is not healthy: {self.words.read_text()}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOCALHOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _joined(pairs: list[tuple[str, str]]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in pairs:
        small = name.lower()
        headers[small] = f"{headers[small]}, {value}" if small in headers else value
    return headers
