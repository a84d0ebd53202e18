"""A webhook's signature: of these bytes, by this method, with a secret that is there (W1)."""

import hashlib
import hmac
import json

import pytest

from services.sync.domain.signature import holds

# Atlassian's own example.
SECRET, BODY = "It's a Secret to Everybody", b"Hello World!"
SIGNED = "sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9"


def signed(body: bytes, secret: str, method: str = "sha256") -> str:
    return f"{method}={hmac.new(secret.encode(), body, method).hexdigest()}"


def test_atlassians_example_holds() -> None:
    """The vector of its documents."""
    assert holds(SIGNED, BODY, [SECRET])


def test_either_of_two_secrets_holds() -> None:
    """While a site has the one before, and once it has the other."""
    assert holds(SIGNED, BODY, ["another", SECRET])
    assert holds(SIGNED, BODY, [SECRET, "another"])


@pytest.mark.parametrize("at", range(len(BODY)))
def test_no_bit_may_be_another(at: int) -> None:
    """Wherever it is."""
    for bit in range(8):
        flipped = BODY[:at] + bytes([BODY[at] ^ 1 << bit]) + BODY[at + 1 :]
        assert not holds(SIGNED, flipped, [SECRET])


@pytest.mark.parametrize("length", range(len(BODY)))
def test_a_body_that_was_cut_off_is_another(length: int) -> None:
    """However little is missing; nor may anything be behind it."""
    assert not holds(SIGNED, BODY[:length], [SECRET])
    assert not holds(SIGNED, BODY + b"\0", [SECRET])


def test_the_same_json_written_otherwise_is_another_body() -> None:
    """What is signed is bytes."""
    body = b'{"a": 1, "b":2}'
    again = json.dumps(json.loads(body)).encode()
    assert json.loads(again) == json.loads(body)
    assert holds(signed(body, SECRET), body, [SECRET])
    assert not holds(signed(body, SECRET), again, [SECRET])


@pytest.mark.parametrize(
    "signature",
    [
        "",
        SIGNED.removeprefix("sha256="),
        signed(BODY, SECRET, "sha1"),
        signed(BODY, SECRET, "md5"),
        signed(BODY, SECRET, "sha512"),
        "sha1=" + SIGNED.removeprefix("sha256="),
        "SHA256=" + SIGNED.removeprefix("sha256="),
        SIGNED[:-1],
        SIGNED + "0",
        SIGNED + "\n",
        f"{SIGNED},{SIGNED}",
        f" {SIGNED}",
        SIGNED.replace("sha256=", "sha256=sha256="),
        "sha256=",
        "sha256=" + "٣" * 64,
    ],
)
def test_no_other_method_and_no_other_form(signature: str) -> None:
    """Nobody chooses a weaker method, and nothing is made to fit."""
    assert not holds(signature, BODY, [SECRET])


@pytest.mark.parametrize("secrets", [[], [""], ["", ""]])
def test_no_secret_is_no_way_in(secrets: list[str]) -> None:
    """Whoever knows that there is none can sign with the empty one, or with what stands for it."""
    for key in (b"", b"\0" * 32, b"\0" * 64):
        forged = "sha256=" + hmac.new(key, BODY, hashlib.sha256).hexdigest()
        assert not holds(forged, BODY, secrets)
    assert not holds(signed(BODY, ""), BODY, [SECRET, ""])
