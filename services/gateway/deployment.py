"""Where the gateway stands, and what stands behind it."""

from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, ClassVar, Self

from pydantic import BeforeValidator, ConfigDict, TypeAdapter, ValidationError

# The kernel's limit on a unix socket's path, less its final zero.
SOCKET_PATH_BYTES = 107
PORTS = range(1, 65_536)


class DeploymentError(ValueError):
    """The gateway cannot stand like this; the message says why."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An IP address and a TCP port."""

    address: str
    port: int

    def __post_init__(self) -> None:
        try:
            ip_address(self.address)
        except ValueError as error:
            raise DeploymentError(f"{self.address!r} is not an IP address") from error
        if self.port not in PORTS:
            raise DeploymentError(f"{self.port} is not a TCP port")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `127.0.0.1:8443` or `[::1]:8443`."""
        address, colon, port = text.rpartition(":")
        if not colon or not port.isdecimal():
            raise DeploymentError(f"{text!r} is not an address and a port such as 127.0.0.1:8443")
        return cls(address.removeprefix("[").removesuffix("]"), int(port))


def _parsed(value: object) -> object:
    return Endpoint.parse(value) if isinstance(value, str) else value


ReadEndpoint = Annotated[Endpoint, BeforeValidator(_parsed)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """One gateway and its surroundings; every path is absolute."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    listen: ReadEndpoint
    """Where clients come in, by TLS."""
    folder: Path
    """Where the rendered files are; they point at each other."""
    admin_socket: Path
    """Envoy's own administration, for its owner alone."""
    certificate_chain: Path
    private_key: Path
    descriptors: Path
    """The contract's descriptor set, gen/api.binpb: Envoy reads it as well."""
    access_log: Path
    """A file, or /dev/stdout."""
    auth: tuple[ReadEndpoint, ...]
    analytics: tuple[ReadEndpoint, ...]
    sync: tuple[ReadEndpoint, ...]
    jwks: tuple[ReadEndpoint, ...]
    """Auth's plain-HTTP ports, which serve /.well-known/jwks.json."""
    otlp_collector: ReadEndpoint | None = None
    """Where traces go by OTLP over gRPC; nowhere if None."""

    def __post_init__(self) -> None:
        paths = (
            self.folder,
            self.admin_socket,
            self.certificate_chain,
            self.private_key,
            self.descriptors,
            self.access_log,
        )
        relative = [str(path) for path in paths if not path.is_absolute()]
        if relative:
            raise DeploymentError(f"not an absolute path: {', '.join(relative)}")
        if len(str(self.admin_socket).encode()) > SOCKET_PATH_BYTES:
            raise DeploymentError(f"too long for a unix socket: {self.admin_socket}")
        empty = [name for name in ("auth", "analytics", "sync", "jwks") if not getattr(self, name)]
        if empty:
            raise DeploymentError(f"no endpoint of {', '.join(empty)}")


def read(stated: object) -> Deployment:
    """Read a deployment from plain values: endpoints as `127.0.0.1:8443`, paths as text.

    Raises:
        DeploymentError: with every place that is wrong.
    """
    try:
        return _ADAPTER.validate_python(stated)
    except ValidationError as error:
        raise DeploymentError(
            "; ".join(
                f"{'.'.join(map(str, problem['loc'])) or 'deployment'}: {problem['msg']}"
                for problem in error.errors()
            )
        ) from error


_ADAPTER = TypeAdapter(Deployment)
