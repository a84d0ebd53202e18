"""A token's text, read strictly: what two readers could understand differently is no token.

A compact JWS (RFC 7515, section 7.1) of three parts in base64url, whose header and payload are JSON
objects in UTF-8 without a byte order mark, with no name twice (section 4). Its header says what
ours say and nothing else, so that no extension, no embedded key and no address of one is ever read.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from jwt import DecodeError, PyJWT
from jwt.utils import base64url_decode

HEADER_NAMES: Final = {"alg", "typ", "kid"}
_COMPACT: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")


def header_of(token: str) -> Mapping[str, Any]:
    """Read a token's header, which nobody vouches for yet; ValueError where it is not as ours."""
    if _COMPACT.fullmatch(token) is None:
        raise ValueError("a token has three parts in base64url")
    header = _object(base64url_decode(token.partition(".")[0]))
    if header.keys() != HEADER_NAMES:
        raise ValueError("a token's header says alg, typ and kid, and nothing else")
    return header


class StrictJwt(PyJWT):
    """PyJWT with a strict reader of payloads; its way of reading is there to be overridden."""

    def _decode_payload(self, decoded: dict[str, Any]) -> dict[str, Any]:
        try:
            return _object(decoded["payload"])
        except ValueError as wrong:
            raise DecodeError(str(wrong)) from wrong


def _object(raw: bytes) -> dict[str, Any]:
    try:
        read = json.loads(raw.decode(), object_pairs_hook=_once, parse_constant=_no_number)
    except RecursionError as deep:
        raise ValueError("this is nested too deep") from deep
    if not isinstance(read, dict):
        raise ValueError("this is no JSON object")  # noqa: TRY004 - a text is wrong, no type
    return read


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) != len(pairs):
        raise ValueError("a name stands twice in an object")
    return read


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no JSON")
