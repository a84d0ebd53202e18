"""The program that looks for requests which break their parser."""

import pytest
from google.protobuf.message import Message
from hypothesis import given, settings
from hypothesis import strategies as st

from jira_analytics.auth.v1 import auth_pb2
from tests.load.fuzz_requests import Parser, parsers, tried

FOUND = parsers()


def test_it_finds_the_parsers_and_their_messages() -> None:
    """All modules' functions that take one message, and no others."""
    kinds = {kind.DESCRIPTOR.full_name for kind, _ in FOUND}
    assert len(FOUND) >= 20
    assert {
        auth_pb2.SignUpRequest.DESCRIPTOR.full_name,
        auth_pb2.ResetPasswordRequest.DESCRIPTOR.full_name,
    } <= kinds


@settings(deadline=None)
@given(st.sampled_from(FOUND), st.binary(max_size=200))
def test_bytes_are_parsed_or_refused(found: tuple[type[Message], Parser], wire: bytes) -> None:
    """Nothing else comes of them."""
    kind, parse = found
    tried(kind, parse, wire)


def test_what_breaks_is_seen() -> None:
    """An error that is not ours ends the run."""

    def broken(_: auth_pb2.LoginRequest) -> None:
        raise KeyError("not foreseen")

    with pytest.raises(KeyError):
        tried(auth_pb2.LoginRequest, broken, b"")
