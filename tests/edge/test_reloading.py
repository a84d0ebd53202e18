"""What a running gateway takes up from its files, without losing a connection or a count."""

import ssl
import time
from collections.abc import Callable
from pathlib import Path

import trustme

from services.gateway.policy import POLICY_FILE
from services.gateway.render import write
from tests.edge.gateway_under_test import Gateway
from tests.edge.upstreams import LOCALHOST, Upstreams


def _within(seconds: float, holds: Callable[[], bool]) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if holds():
            return True
        time.sleep(0.1)
    return False


def test_a_change_of_routes_keeps_every_count(
    limited: Gateway, upstreams: Upstreams, token: str, tmp_path: Path
) -> None:
    """New routes are taken up, and whoever had reached a limit has still reached it."""
    address = "127.0.5.1"

    def sign_up() -> int:
        return limited.call("POST", "/api/auth/signup", address=address).status

    assert [sign_up() for _ in range(6)][-1] == 429
    policy = tmp_path / "policy.yaml"
    text = POLICY_FILE.read_text(encoding="utf-8")
    policy.write_text(text.replace("request_seconds: 15", "request_seconds: 14"), encoding="utf-8")
    write(limited.deployment, policy_file=policy)

    def is_taken_up() -> bool:
        limited.call("GET", "/api/me", token=token)
        seconds_left = upstreams.memory.last.seconds_left
        return seconds_left is not None and seconds_left < 14.51

    assert _within(5, is_taken_up)
    assert sign_up() == 429
    write(limited.deployment)


def test_a_new_certificate_is_served_to_new_connections(gateway: Gateway) -> None:
    """A renewed certificate comes by rename; a connection that is open stays open."""
    before = _subject_key(gateway)
    with gateway.connect() as opened:
        authority = trustme.CA()
        renewed = authority.issue_cert("localhost", LOCALHOST)
        folder = gateway.certificates.chain.parent
        for name, pem in (
            ("renewed.pem", renewed.cert_chain_pems[0]),
            ("renewed.key", renewed.private_key_pem),
        ):
            pem.write_to_path(folder / name)
        text = (gateway.deployment.folder / "sds.yaml").read_text(encoding="utf-8")
        changed = text.replace("gateway.pem", "renewed.pem").replace("gateway.key", "renewed.key")
        _replace(gateway.deployment.folder / "sds.yaml", changed)
        assert _within(3, lambda: _subject_key(gateway) != before)
        opened.sendall(b"GET /api/health HTTP/1.1\r\nhost: a\r\n\r\n")
        assert opened.recv(1024).startswith(b"HTTP/1.1 200 ")
    _replace(gateway.deployment.folder / "sds.yaml", text)
    assert _within(3, lambda: _subject_key(gateway) == before)


def _subject_key(gateway: Gateway) -> str:
    return ssl.get_server_certificate((LOCALHOST, gateway.port), timeout=5)


def _replace(path: Path, text: str) -> None:
    beside = path.with_suffix(".beside")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)
