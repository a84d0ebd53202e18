"""Tokens whose text, header, key or signature is not ours (S1; RFC 8725, sections 2 and 3)."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tests.edge.minting import LEFT_OUT, Mint, base64url, hs256
from tests.forgeries.rows import PASSES, Forgery

STRANGER = Mint()
ELLIPTIC = ec.generate_private_key(ec.SECP256R1())
SHORT = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 - a forger's
WHERE = "https://evil.example/keys"
NO_SIGNATURE = b""
WRONG_TYPES: tuple[object, ...] = ("JWT", "refresh+jwt", "at+jwt ", "", ["at+jwt"], None)
WRONG_KEY_IDS: tuple[object, ...] = (1, ["the-key"], {}, None)


def _unsigned(algorithm: object) -> Iterator[Forgery]:
    """Say that no signature is needed: with none, with some bytes, and with one that holds."""
    for how, sign in (("none", lambda _: NO_SIGNATURE), ("some", lambda _: b"x"), ("ours", None)):
        shown = "missing" if algorithm is LEFT_OUT else repr(algorithm)
        yield Forgery(
            f"alg {shown}, signature: {how}",
            lambda mint, sign=sign: mint.forged(mint.header(alg=algorithm), sign=sign),  # type: ignore[misc]
        )


def _algorithm(name: str) -> Forgery:
    """Sign by another algorithm of RSA, with our own key."""
    made: Any = jwt.get_algorithm_by_name(name)
    return Forgery(
        f"{name} with our key",
        lambda mint: mint.forged(
            mint.header(alg=name), sign=lambda signed: made.sign(signed, mint.private)
        ),
    )


def _elliptic(mint: Mint) -> str:
    es256 = jwt.get_algorithm_by_name("ES256")
    return mint.forged(mint.header(alg="ES256"), sign=lambda text: es256.sign(text, ELLIPTIC))


def _short_key(mint: Mint) -> str:
    rs256 = jwt.get_algorithm_by_name("RS256")
    return mint.forged(sign=lambda text: rs256.sign(text, SHORT))


def _key_id(name: str, key_id: str) -> Forgery:
    """Name another key, with a stranger's signature; a key's name is never an address."""
    return Forgery(
        f"kid: {name}",
        lambda mint: mint.forged(
            mint.header(kid=key_id.format(ours=mint.key_id)), sign=STRANGER.rs256()
        ),
    )


def _brings_its_key(name: str) -> Iterator[Forgery]:
    """Bring a key along, or say where one is: under our key's id, and under its own."""
    shown: Any = jwt.algorithms.RSAAlgorithm.to_jwk(STRANGER.private.public_key(), as_dict=True)
    value = {"jwk": shown, "jku": WHERE, "x5u": WHERE, "x5c": ["MIIB"]}[name]
    for kid in (None, "own"):
        changes: dict[str, Any] = {name: value} if kid is None else {name: value, "kid": kid}
        yield Forgery(
            f"{name} in the header, kid: {kid or 'ours'}",
            lambda mint, changes=changes: mint.forged(  # type: ignore[misc]
                mint.header(**changes), sign=STRANGER.rs256()
            ),
        )


def _header(name: str, gateway: int, **changes: Any) -> Forgery:
    """Say another header than ours, with our own signature."""
    return Forgery(name, lambda mint: mint.forged(mint.header(**changes)), gateway)


def _text(name: str, make: Callable[[Mint], str], gateway: int = 401) -> Forgery:
    return Forgery(name, make, gateway)


def _twice(mint: Mint, name: str, first: object) -> bytes:
    """Write a header or a payload that says a name twice; the last one is right."""
    right = mint.header() if name in mint.header() else mint.payload()
    return f"{{{json.dumps(name)}: {json.dumps(first)}, {json.dumps(right)[1:]}".encode()


def _bom(part: dict[str, Any]) -> bytes:
    return b"\xef\xbb\xbf" + json.dumps(part).encode()


SIGNATURES: tuple[Forgery, ...] = (
    *(row for name in ("none", "None", "nOnE", "", None, LEFT_OUT) for row in _unsigned(name)),
    *(row for name in (["RS256"], {"alg": "RS256"}, 256, True) for row in _unsigned(name)),
    *(_algorithm(name) for name in ("RS384", "RS512", "PS256", "PS384")),
    Forgery("ES256", _elliptic),
    *(
        Forgery(
            f"{algorithm} with the public key as {form}",
            lambda mint, secret=secret, algorithm=algorithm: mint.forged(  # type: ignore[misc]
                mint.header(alg=algorithm), sign=hs256(secret(mint))
            ),
        )
        for algorithm in ("HS256", "RS256")
        for form, secret in (
            ("PEM", lambda mint: mint.public_pem),
            ("PEM without its last line's end", lambda mint: mint.public_pem.strip()),
            ("DER", lambda mint: mint.public_der),
            ("nothing", lambda mint: b""),
        )
    ),
    Forgery("another key under our kid", lambda mint: mint.forged(sign=STRANGER.rs256())),
    Forgery("a key of 1024 bits under our kid", _short_key),
    Forgery("kid missing, another key", lambda mint: Mint().token(headers={"kid": LEFT_OUT})),
    _key_id("a path", "../../dev/null"),
    _key_id("a path that is there", "/proc/sys/kernel/random/boot_id"),
    _key_id("SQL", "' OR 1=1 --"),
    _key_id("NUL", "{ours}\x00"),
    _key_id("10 KB", "k" * 10_000),
    _key_id("an address", "https://evil.example/{ours}"),
    _key_id("empty", ""),
    *(row for name in ("jwk", "jku", "x5u", "x5c") for row in _brings_its_key(name)),
    _header("kid missing, our key", PASSES, kid=LEFT_OUT),
    *(_header(f"kid {value!r}", 401, kid=value) for value in WRONG_KEY_IDS),
    _header("typ missing", PASSES, typ=LEFT_OUT),
    *(_header(f"typ {value!r}", PASSES, typ=value) for value in WRONG_TYPES),
    _header("crit, unknown", PASSES, crit=["x"], x=1),
    _header("crit, empty", PASSES, crit=[]),
    _header("crit, no list", PASSES, crit="x"),
    _header("crit exp", PASSES, crit=["exp"], exp=1),
    _header("b64: false", PASSES, b64=False),
    _header("b64: false, crit", PASSES, b64=False, crit=["b64"]),
    _header("zip", PASSES, zip="DEF"),
    _header("cty: a token within", PASSES, cty="JWT"),
    _text(
        "a nested token", lambda mint: mint.forged(mint.header(cty="JWT"), mint.token().encode())
    ),
    _text("a token as JSON text", lambda mint: mint.forged(payload=json.dumps("x").encode())),
    _text("JWE", lambda mint: f"{base64url({'alg': 'RSA-OAEP', 'enc': 'A256GCM'})}.a.b.c.d"),
    _text("a token and a token", lambda mint: f"{mint.token()}.{mint.token()}"),
    _text("signature empty", lambda mint: mint.token().rpartition(".")[0] + "."),
    _text("signature stripped", lambda mint: mint.token().rpartition(".")[0]),
    _text("signature cut", lambda mint: mint.token()[:-8]),
    _text("signature of another token", lambda mint: mint.tampered(mint.token())),
    _text("a fourth part", lambda mint: mint.token() + ".", PASSES),
    _text("BOM before the header", lambda mint: mint.forged(_bom(mint.header()))),
    _text("BOM before the payload", lambda mint: mint.forged(payload=_bom(mint.payload()))),
    _text(
        "UTF-16 in the payload",
        lambda mint: mint.forged(payload=json.dumps(mint.payload()).encode("utf-16")),
    ),
    _text("alg twice", lambda mint: mint.forged(_twice(mint, "alg", "none"))),
    _text("kid twice", lambda mint: mint.forged(_twice(mint, "kid", "other"))),
    _text("sub twice", lambda mint: mint.forged(payload=_twice(mint, "sub", "usr_2"))),
    _text("exp twice", lambda mint: mint.forged(payload=_twice(mint, "exp", 9e9))),
    _text("payload is a list", lambda mint: mint.forged(payload=b"[]")),
    _text("payload is empty", lambda mint: mint.forged(payload=b"")),
    _text("payload is deep", lambda mint: mint.forged(payload=b"[" * 3000)),
    _text("header is a list", lambda mint: mint.forged(b'["RS256"]')),
    _text("header is deep", lambda mint: mint.forged(b"[" * 3000)),
    _text("not a token", lambda mint: "not-a-token"),
    _text("dots", lambda mint: ".."),
    Forgery("16 KB", lambda mint: mint.token(pad="x" * 12_288), gateway=431, fits=False),
    Forgery("9 KB", lambda mint: mint.token(pad="x" * 6_912), gateway=PASSES),
)
