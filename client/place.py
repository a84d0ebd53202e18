"""Where the gateway is, and whose word about it is believed."""

import ssl
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from client.failures import ClientError

DEFAULT_ADDRESS = "https://localhost:8443"
LOCAL_CA = Path(".local/ca.pem")
HTTPS_PORT = 443


@dataclass(frozen=True, slots=True)
class Gateway:
    """A gateway's address, and the certificates (PEM) that may vouch for it.

    Without `ca` the certificates that the machine trusts are asked.
    """

    host: str
    port: int
    ca: bytes | None = None

    @property
    def origin(self) -> str:
        """Give the address as people write it; tokens are kept under it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"https://{host}:{self.port}"

    @property
    def target(self) -> str:
        """Give the address as gRPC wants it."""
        return self.origin.removeprefix("https://")

    @property
    def on_this_machine(self) -> bool:
        """Tell whether the address is loopback, where no proxy belongs in between."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def roots(self) -> bytes | None:
        """Give the certificates (PEM) that vouch; None for those that gRPC brings along."""
        if self.ca is not None:
            return self.ca
        file = ssl.get_default_verify_paths().cafile
        return Path(file).read_bytes() if file else None


def find_gateway(address: str = DEFAULT_ADDRESS, *, ca: Path | None = None) -> Gateway:
    """Make a gateway of its address and the file of its CA.

    Without `ca` it is `.local/ca.pem`, where that is there. ClientError where the address is not
    https://HOST[:PORT] or the file holds no certificate.
    """
    host, port = _host_and_port(address)
    chosen = ca if ca is not None or not LOCAL_CA.is_file() else LOCAL_CA
    return Gateway(host, port, ca=None if chosen is None else _certificates(chosen))


def _host_and_port(address: str) -> tuple[str, int]:
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port or HTTPS_PORT
    except ValueError:
        host, port = None, 0
    if host is None or parts.scheme != "https" or parts.path not in {"", "/"} or parts.username:
        raise ClientError(
            f"“{address}” is no gateway's address",
            advice=f"write https://HOST:PORT, for example --gateway {DEFAULT_ADDRESS}",
        )
    return host, port


def _certificates(file: Path) -> bytes:
    try:
        pem = file.read_bytes()
    except OSError as error:
        raise ClientError(
            f"the CA file {file} cannot be read ({error.strerror})",
            advice="name the gateway's CA with --ca, or start a stack with: make run",
        ) from error
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=pem.decode("ascii"))
    except (ValueError, ssl.SSLError) as error:
        raise ClientError(
            f"the CA file {file} holds no certificate in PEM form",
            advice="name the gateway's CA with --ca",
        ) from error
    return pem
