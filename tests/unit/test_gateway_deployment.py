"""The deployment: as a value, as plain values in a file, and what the command line makes of it."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from services.gateway.__main__ import app
from services.gateway.deployment import Deployment, DeploymentError, Endpoint
from services.gateway.deployment import read as read_deployment

DESCRIPTORS_FILE = Path(__file__).parents[2] / "gen" / "api.binpb"
STATED: dict[str, Any] = {
    "listen": "127.0.0.1:8443",
    "folder": "/run/gateway/envoy",
    "admin_socket": "/run/gateway/admin.sock",
    "certificate_chain": "/run/gateway/gateway.pem",
    "private_key": "/run/gateway/gateway.key",
    "descriptors": str(DESCRIPTORS_FILE),
    "access_log": "/dev/stdout",
    "auth": ["127.0.0.1:9001"],
    "analytics": ["127.0.0.1:9002", "[::1]:9003"],
    "sync": ["127.0.0.1:9004"],
    "jwks": ["127.0.0.1:9005"],
}


def test_a_deployment_is_read_from_plain_values() -> None:
    """Endpoints and paths are written as people write them."""
    run = Path("/run/gateway")
    assert read_deployment(STATED) == Deployment(
        listen=Endpoint("127.0.0.1", 8443),
        folder=run / "envoy",
        admin_socket=run / "admin.sock",
        certificate_chain=run / "gateway.pem",
        private_key=run / "gateway.key",
        descriptors=DESCRIPTORS_FILE,
        access_log=Path("/dev/stdout"),
        auth=(Endpoint("127.0.0.1", 9001),),
        analytics=(Endpoint("127.0.0.1", 9002), Endpoint("::1", 9003)),
        sync=(Endpoint("127.0.0.1", 9004),),
        jwks=(Endpoint("127.0.0.1", 9005),),
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"listen": "localhost:8443"}, "'localhost' is not an IP address"),
        ({"listen": "8443"}, "'8443' is not an address and a port"),
        ({"listen": "127.0.0.1:0"}, "0 is not a TCP port"),
        ({"sync": []}, "no endpoint of sync"),
        ({"folder": "envoy"}, "not an absolute path: envoy"),
        ({"admin_socket": "/" + "x" * 120}, "too long for a unix socket"),
        ({"synk": []}, "synk"),
    ],
)
def test_a_deployment_that_cannot_stand_is_refused(change: dict[str, Any], words: str) -> None:
    """The message says what is wrong."""
    with pytest.raises(DeploymentError, match=words):
        read_deployment(STATED | change)


def test_the_command_line(tmp_path: Path) -> None:
    """`render FILE` writes and says where; a mistake is one sentence and exit status 1."""
    stated = tmp_path / "deployment.yaml"
    stated.write_text(yaml.safe_dump(STATED | {"folder": str(tmp_path / "envoy")}))
    done = CliRunner().invoke(app, ["render", str(stated), "--factor", "1000"])
    assert (done.exit_code, done.output) == (0, f"{tmp_path}/envoy/envoy.yaml\n")
    assert "max_tokens: 10000\n" in (tmp_path / "envoy" / "limit_address.yaml").read_text()
    stated.write_text(yaml.safe_dump(STATED | {"sync": []}))
    failed = CliRunner().invoke(app, ["render", str(stated)])
    assert failed.exit_code == 1
    assert "no endpoint of sync" in failed.output
