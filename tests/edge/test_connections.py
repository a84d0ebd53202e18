"""TLS, and clients that take their time."""

import contextlib
import socket
import ssl
import struct
import time

import pytest

from tests.edge.gateway_under_test import Gateway
from tests.edge.upstreams import LOCALHOST

TLS_ALERT = 21
TLS_PROTOCOL_VERSION = 70


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_tls_from_1_2_on(gateway: Gateway, version: ssl.TLSVersion) -> None:
    """1.2 and 1.3 are spoken."""
    with gateway.connect(minimum_version=version, maximum_version=version) as connection:
        assert connection.version() == version.name.replace("_", ".")


def test_older_tls_is_refused(gateway: Gateway) -> None:
    """A hello that offers 1.1 at most is answered with the alert `protocol_version`."""
    ciphers = bytes.fromhex("c013c009002f")
    hello = (
        b"\x03\x02" + bytes(32) + b"\x00" + struct.pack(">H", len(ciphers)) + ciphers + b"\x01\x00"
    )
    handshake = b"\x01" + struct.pack(">I", len(hello))[1:] + hello
    with socket.create_connection((LOCALHOST, gateway.port), timeout=5) as connection:
        connection.sendall(b"\x16\x03\x01" + struct.pack(">H", len(handshake)) + handshake)
        alert = connection.recv(7)
    assert (alert[0], alert[-1]) == (TLS_ALERT, TLS_PROTOCOL_VERSION)


@pytest.mark.parametrize(("offered", "chosen"), [(["h2"], "h2"), (["http/1.1"], "http/1.1")])
def test_both_versions_of_http(gateway: Gateway, offered: list[str], chosen: str) -> None:
    """HTTP/2 and HTTP/1.1 are agreed on by ALPN."""
    with gateway.connect(alpn=offered) as connection:
        assert connection.selected_alpn_protocol() == chosen


def test_plain_http_is_not_served(gateway: Gateway) -> None:
    """Without TLS there is no answer."""
    with socket.create_connection((LOCALHOST, gateway.port), timeout=5) as connection:
        connection.sendall(b"GET /api/health HTTP/1.1\r\nhost: a\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            assert b"HTTP/1.1" not in connection.recv(1024)


def test_headers_that_trickle_are_cut_off(hurried: Gateway) -> None:
    """Headers must come within the policy's time, however slowly they go on."""
    started = time.monotonic()
    with hurried.connect() as connection:
        connection.sendall(b"GET /api/me HTTP/1.1\r\n")
        received = b""
        connection.settimeout(0.3)
        for _ in range(20):
            try:
                connection.sendall(b"x")
                received = connection.recv(65536)
            except TimeoutError:
                continue
            except OSError:
                pass
            break
    assert time.monotonic() - started < 5
    assert not received or received.startswith(b"HTTP/1.1 408 ")


def test_a_body_that_trickles_is_cut_off(hurried: Gateway) -> None:
    """A body must be whole within the policy's time: 408 in the one shape of errors."""
    with hurried.connect() as connection:
        connection.sendall(
            b"POST /api/auth/login HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\n{"
        )
        connection.settimeout(5)
        received = connection.recv(65536)
    assert received.startswith(b"HTTP/1.1 408 ")
    assert b'"reason":"DEADLINE_EXCEEDED"' in received
