"""HTTP/2, frame by frame: REST over it, and clients that abuse it (E5)."""

import contextlib
import ssl
import struct
from collections.abc import Iterator

import pytest

from tests.edge.gateway_under_test import Gateway

DATA, HEADERS, RST_STREAM, SETTINGS, GOAWAY = 0, 1, 3, 4, 7
END_STREAM, END_HEADERS, ACK = 1, 4, 1
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
CANCEL = struct.pack(">I", 8)
REFUSED_STREAM = struct.pack(">I", 7)
PREMATURE_RESETS = 500

Frame = tuple[int, int, int, bytes]


def _frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def _text(text: str) -> bytes:
    """Write a text of HPACK without Huffman's code (RFC 7541, section 5.2)."""
    raw = text.encode()
    if len(raw) < 127:
        return bytes([len(raw)]) + raw
    rest, length = len(raw) - 127, bytearray([127])
    while rest >= 128:
        length.append(rest & 127 | 128)
        rest >>= 7
    return bytes(length) + bytes([rest]) + raw


def _get(stream: int, path: str, *extra: tuple[str, str], ends: bool = True) -> bytes:
    fields = (
        (":method", "GET"),
        (":scheme", "https"),
        (":authority", "localhost"),
        (":path", path),
        *extra,
    )
    block = b"".join(b"\x10" + _text(name) + _text(value) for name, value in fields)
    return _frame(HEADERS, END_HEADERS | (END_STREAM if ends else 0), stream, block)


@contextlib.contextmanager
def _connected(gateway: Gateway) -> Iterator[ssl.SSLSocket]:
    with gateway.connect(alpn=["h2"]) as connection:
        connection.settimeout(5)
        connection.sendall(PREFACE + _frame(SETTINGS, 0, 0, b""))
        yield connection


def _frames(connection: ssl.SSLSocket) -> Iterator[Frame]:
    """Give frames until the connection ends or is silent for its timeout."""
    held = b""
    with contextlib.suppress(OSError):
        while received := connection.recv(65536):
            held += received
            while len(held) >= 9 and len(held) >= 9 + int.from_bytes(held[:3]):
                length = int.from_bytes(held[:3])
                kind, flags, stream = struct.unpack(">BBI", held[3:9])
                yield kind, flags, stream, held[9 : 9 + length]
                held = held[9 + length :]


def test_rest_over_http2(gateway: Gateway, token: str) -> None:
    """Two requests on one connection are both answered in JSON."""
    bodies = {1: b"", 3: b""}
    with _connected(gateway) as connection:
        for stream in bodies:
            connection.sendall(_get(stream, "/api/me", ("authorization", f"Bearer {token}")))
        ended = 0
        for kind, flags, stream, payload in _frames(connection):
            if kind == DATA:
                bodies[stream] += payload
            if kind in {DATA, HEADERS}:
                ended += flags & END_STREAM
            if ended == len(bodies):
                break
    assert all(b'"answer of GetMe"' in body for body in bodies.values())


@pytest.mark.parametrize(
    "header", [("x_user_id", "victim"), ("x-large", "x" * 40_000)], ids=["underscore", "oversize"]
)
def test_headers_that_are_not_allowed_reset_the_stream(
    gateway: Gateway, token: str, header: tuple[str, str]
) -> None:
    """The stream ends without an answer from a service."""
    request = _get(1, "/api/me", ("authorization", f"Bearer {token}"), header)
    payload, flags = request[9:], END_STREAM
    with _connected(gateway) as connection:
        # A frame holds 16 KiB at most; what is longer goes on in CONTINUATION frames (9).
        for start in range(0, len(payload), 16_000):
            part = payload[start : start + 16_000]
            flags |= END_HEADERS if start + 16_000 >= len(payload) else 0
            connection.sendall(_frame(HEADERS if start == 0 else 9, flags, 1, part))
            flags = 0
        kinds = []
        for kind, _, stream, payload_seen in _frames(connection):
            kinds.append(kind)
            assert b"answer of GetMe" not in payload_seen
            if (kind == RST_STREAM and stream == 1) or kind == GOAWAY:
                break
    assert kinds[-1] in {RST_STREAM, GOAWAY}


def test_streams_per_connection_are_bounded(gateway: Gateway, token: str) -> None:
    """A hundred requests may be open; the next is refused, or the connection ended."""
    authorization = ("authorization", f"Bearer {token}")
    with _connected(gateway) as connection:
        for number in range(101):
            connection.sendall(_get(2 * number + 1, "/api/me", authorization, ends=False))
        seen = [
            kind == GOAWAY or payload == REFUSED_STREAM
            for kind, _, _, payload in _until(_frames(connection), {GOAWAY, RST_STREAM})
        ]
    assert seen[-1]


def _until(frames: Iterator[Frame], kinds: set[int]) -> Iterator[Frame]:
    for frame in frames:
        yield frame
        if frame[0] in kinds:
            return


def test_rapid_reset_ends_the_connection(gateway: Gateway, token: str) -> None:
    """Whoever opens and resets streams without end is cut off; others do not notice."""
    cut_off = False
    with _connected(gateway) as connection:
        for number in range(4 * PREMATURE_RESETS):
            stream = 2 * number + 1
            try:
                connection.sendall(_get(stream, "/api/me") + _frame(RST_STREAM, 0, stream, CANCEL))
            except OSError:
                cut_off = True
                break
        cut_off = cut_off or any(kind == GOAWAY for kind, *_ in _frames(connection))
    assert cut_off
    assert gateway.call("GET", "/api/me", token=token).status == 200
