"""Which signatures and headers of access tokens are taken, and all that are not (RFC 8725)."""

import json
from collections.abc import Mapping
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from services.chassis.tokens import LONGEST_TOKEN
from services.kernel.errors import TokenInvalid
from tests.unit.token_forge import (
    CLAIMS,
    DER,
    FOREIGN_KEY,
    HEADER,
    KEY,
    PEM,
    OneKey,
    hs256,
    joined,
    refused,
    rs256,
    token,
    verifier,
    without,
)


@pytest.mark.parametrize("algorithm", ["none", "None", "nOnE", "NONE", ""])
@pytest.mark.parametrize("signature", [b"", b"x", None])
async def test_a_token_without_signature_is_refused(
    algorithm: str, signature: bytes | None
) -> None:
    """`alg: none`, in whatever spelling and with whatever signature, is refused."""
    sign = rs256() if signature is None else lambda _: signature
    await refused(token({**HEADER, "alg": algorithm}, sign=sign))


@pytest.mark.parametrize("secret", [PEM, DER, PEM.strip(), b""])
@pytest.mark.parametrize("algorithm", ["HS256", "RS256"])
async def test_the_public_key_is_no_secret(secret: bytes, algorithm: str) -> None:
    """An HMAC under our public key is refused, whatever the header calls it."""
    await refused(token({**HEADER, "alg": algorithm}, sign=hs256(secret)))


@pytest.mark.parametrize("algorithm", ["RS384", "RS512", "PS256", "HS512", ["RS256"], None, 1, {}])
async def test_only_rs256_is_taken(algorithm: object) -> None:
    """Another algorithm is refused, also when our own key made its signature."""
    sign = rs256()
    if isinstance(algorithm, str) and algorithm[0] in "RP":
        made = jwt.get_algorithm_by_name(algorithm)
        sign = lambda signed: made.sign(signed, KEY)  # noqa: E731 - one of two ways to sign
    await refused(token({**HEADER, "alg": algorithm}, sign=sign))


async def test_an_elliptic_signature_is_refused() -> None:
    """ES256 is refused."""
    key = ec.generate_private_key(ec.SECP256R1())
    es256 = jwt.get_algorithm_by_name("ES256")
    await refused(token({**HEADER, "alg": "ES256"}, sign=lambda signed: es256.sign(signed, key)))


async def test_a_foreign_key_is_refused() -> None:
    """A foreign key's signature is refused under our key's id and under one of its own."""
    await refused(token(sign=rs256(FOREIGN_KEY)))
    await refused(token({**HEADER, "kid": "k2"}, sign=rs256(FOREIGN_KEY)))


@pytest.mark.parametrize("name", ["jwk", "jku", "x5u", "x5c"])
async def test_a_token_does_not_bring_its_key(name: str) -> None:
    """A key inside the header, or an address of one, changes nothing: it is not used."""
    shown = jwt.algorithms.RSAAlgorithm.to_jwk(FOREIGN_KEY.public_key(), as_dict=True)
    for kid in ("k1", "k2"):
        await refused(token({**HEADER, "kid": kid, name: shown}, sign=rs256(FOREIGN_KEY)))


@pytest.mark.parametrize("header", [without(HEADER, name) for name in HEADER])
async def test_a_header_must_say_everything(header: Mapping[str, Any]) -> None:
    """`alg`, `typ` and `kid` are needed."""
    await refused(token(header))


@pytest.mark.parametrize("kind", ["JWT", "jwt", "at+JWT ", "refresh+jwt", "", None, ["at+jwt"]])
async def test_only_access_tokens_are_taken(kind: object) -> None:
    """A token of another type is refused although its signature holds."""
    await refused(token({**HEADER, "typ": kind}))


@pytest.mark.parametrize(
    "extra", [{"crit": ["x"], "x": 1}, {"crit": []}, {"crit": ["b64"], "b64": False}]
)
async def test_critical_extensions_are_refused(extra: Mapping[str, Any]) -> None:
    """An extension that must be understood is not understood (CVE-2026-32597)."""
    await refused(token({**HEADER, **extra}))


@pytest.mark.parametrize(
    "key_id", ["../../dev/null", "k1\x00", "k1' OR 1=1 --", "https://x/k1", "K1", 1, ["k1"], {}]
)
async def test_a_key_id_is_only_a_name(key_id: object) -> None:
    """A key id that names no key of ours is refused, whatever it looks like."""
    await refused(token({**HEADER, "kid": key_id}))


async def test_a_key_id_of_ten_kilobytes_is_refused() -> None:
    """A token that is too long is refused before it is parsed, and no key is looked for."""
    keys = OneKey()
    with pytest.raises(TokenInvalid):
        await verifier(keys).verify(token({**HEADER, "kid": "k" * 10_240}))
    assert keys.refreshed == 0


async def test_a_token_of_the_longest_length_is_read() -> None:
    """8 KiB is the limit: a token at it is taken, one over it refused."""
    padding = 5000
    while len(token(claims={**CLAIMS, "pad": "x" * padding})) <= LONGEST_TOKEN:
        padding += 1
    await refused(token(claims={**CLAIMS, "pad": "x" * padding}))
    text = token(claims={**CLAIMS, "pad": "x" * (padding - 1)})
    assert (await verifier().verify(text)).user_id == "usr_1"


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "..",
        "a.b",
        "a.b.c",
        "a.b.c.d.e",
        "\ufeff" + token(),
        token() + ".",
        token()[:-4],
        token().rpartition(".")[0] + ".",
        token() + "\n",
        " " + token(),
        joined(b"[" * 5000, b"{}", rs256()),
        joined(json.dumps(HEADER).encode(), b"[" * 3000, rs256()),
        joined(json.dumps(HEADER).encode(), b"[]", rs256()),
        joined(json.dumps(HEADER).encode(), b'"text"', rs256()),
        joined(json.dumps(HEADER).encode(), b"\xff\xfe", rs256()),
        joined(b'["RS256"]', b"{}", rs256()),
        joined(b"\xef\xbb\xbf" + json.dumps(HEADER).encode(), b"{}", rs256()),
    ],
)
async def test_what_is_no_token_is_refused_as_one(text: str) -> None:
    """Whatever bytes come, the answer is TokenInvalid and no other error."""
    await refused(text)
