"""What a service takes for an access token, and all that it does not (RFC 8725)."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from services.chassis.identity import Caller, Role, Tier
from services.chassis.tokens import LEEWAY_SECONDS, LONGEST_TOKEN, TokenVerifier
from services.kernel.errors import TokenInvalid
from services.kernel.ids import UserId, WorkspaceId

NOW = 1_800_000_000
KEY = rsa.generate_private_key(65537, 2048)
FOREIGN_KEY = rsa.generate_private_key(65537, 2048)
PEM = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
DER = KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
HEADER: dict[str, Any] = {"alg": "RS256", "typ": "at+jwt", "kid": "k1"}
CLAIMS: dict[str, Any] = {
    "iss": "jira-analytics",
    "aud": "jira-analytics-api",
    "sub": "usr_1",
    "wid": "wsp_1",
    "role": "MEMBER",
    "tier": "pro",
    "zoneinfo": "Europe/Berlin",
    "iat": NOW,
    "nbf": NOW,
    "exp": NOW + 900,
    "jti": "tok_1",
}
Sign = Callable[[bytes], bytes]


class OneKey:
    """A key set of one key, which counts how often it is read again."""

    def __init__(self) -> None:
        self.refreshed = 0

    def find(self, key_id: str) -> rsa.RSAPublicKey | None:
        return KEY.public_key() if key_id == "k1" else None

    async def refresh(self) -> None:
        self.refreshed += 1


class Clock:
    """A clock that stands until it is moved; in seconds."""

    def __init__(self, seconds: float = NOW) -> None:
        self.seconds = seconds

    def __call__(self) -> int:
        return int(self.seconds * 1000)


def base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def joined(header: bytes, claims: bytes, sign: Sign) -> str:
    """Write a token by hand: a library would refuse to make most of these."""
    signed = f"{base64url(header)}.{base64url(claims)}"
    return f"{signed}.{base64url(sign(signed.encode()))}"


def rs256(key: rsa.RSAPrivateKey = KEY) -> Sign:
    return lambda signed: jwt.get_algorithm_by_name("RS256").sign(signed, key)


def hs256(secret: bytes) -> Sign:
    return lambda signed: hmac.new(secret, signed, hashlib.sha256).digest()


def token(
    header: Mapping[str, Any] = HEADER, claims: Mapping[str, Any] = CLAIMS, sign: Sign | None = None
) -> str:
    return joined(json.dumps(header).encode(), json.dumps(claims).encode(), sign or rs256())


def without(values: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key != name}


async def refused(text: str, *, clock: Clock | None = None) -> None:
    with pytest.raises(TokenInvalid):
        await TokenVerifier(OneKey(), clock or Clock()).verify(text)


async def test_a_token_of_ours_tells_who_calls() -> None:
    """Every claim of a good token arrives in the caller."""
    assert await TokenVerifier(OneKey(), Clock()).verify(token()) == Caller(
        user_id=UserId("usr_1"),
        workspace_id=WorkspaceId("wsp_1"),
        role=Role.MEMBER,
        tier=Tier.PRO,
        time_zone="Europe/Berlin",
        token_id="tok_1",
        expires=NOW + 900,
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
        await TokenVerifier(keys, Clock()).verify(token({**HEADER, "kid": "k" * 10_240}))
    assert keys.refreshed == 0


async def test_a_token_of_the_longest_length_is_read() -> None:
    """8 KiB is the limit: a token at it is taken, one over it refused."""
    padding = 5000
    while len(token({**HEADER, "pad": "x" * padding})) <= LONGEST_TOKEN:
        padding += 1
    await refused(token({**HEADER, "pad": "x" * padding}))
    text = token({**HEADER, "pad": "x" * (padding - 1)})
    assert (await TokenVerifier(OneKey(), Clock()).verify(text)).user_id == "usr_1"


@pytest.mark.parametrize("name", list(CLAIMS))
async def test_every_claim_is_needed(name: str) -> None:
    """A token without any one of the claims is refused."""
    await refused(token(claims=without(CLAIMS, name)))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("aud", "jira-analytics-internal"),
        ("aud", ["jira-analytics-api", "another"]),
        ("aud", ["jira-analytics-api"]),
        ("aud", ""),
        ("iss", "https://jira-analytics"),
        ("iss", ["jira-analytics"]),
        ("iss", ""),
        ("sub", ""),
        ("sub", 1),
        ("sub", None),
        ("wid", ""),
        ("wid", ["wsp_1"]),
        ("role", "owner"),
        ("role", ["OWNER"]),
        ("role", {"$gt": ""}),
        ("tier", ["enterprise"]),
        ("tier", "unlimited"),
        ("tier", "PRO"),
        ("tier", True),
        ("zoneinfo", 1),
        ("jti", ""),
        ("exp", str(NOW + 900)),
        ("exp", NOW + 900.5),
        ("exp", True),
        ("exp", None),
        ("exp", -1),
        ("exp", 1e400),
        ("iat", "now"),
        ("nbf", [NOW]),
    ],
)
async def test_a_claim_of_the_wrong_kind_is_refused(name: str, value: object) -> None:
    """A claim must be of its type and, where we know all values, one of them."""
    await refused(token(claims={**CLAIMS, name: value}))


async def test_expiry_is_to_the_second() -> None:
    """A token holds until five seconds after `exp`, and not at them."""
    ends = NOW + 900 + LEEWAY_SECONDS
    held = await TokenVerifier(OneKey(), Clock(ends - 1)).verify(token())
    assert held.expires == NOW + 900
    await TokenVerifier(OneKey(), Clock(ends - 0.001)).verify(token())
    await refused(token(), clock=Clock(ends))
    await refused(token(), clock=Clock(ends + 1))


@pytest.mark.parametrize("name", ["iat", "nbf"])
async def test_the_future_is_refused_to_the_second(name: str) -> None:
    """A token from more than five seconds ahead is refused; at five it holds."""
    clock = Clock()
    ahead = {**CLAIMS, name: NOW + LEEWAY_SECONDS}
    await TokenVerifier(OneKey(), clock).verify(token(claims=ahead))
    await refused(token(claims={**CLAIMS, name: NOW + LEEWAY_SECONDS + 1}), clock=clock)


async def test_a_known_token_ends_when_it_ends() -> None:
    """A token that was verified before is refused once it has expired, not later."""
    clock = Clock()
    verifier = TokenVerifier(OneKey(), clock)
    text = token()
    first = await verifier.verify(text)
    clock.seconds = NOW + 900 + LEEWAY_SECONDS - 0.001
    assert await verifier.verify(text) is first, "it should have been known by its hash"
    clock.seconds = NOW + 900 + LEEWAY_SECONDS
    with pytest.raises(TokenInvalid):
        await verifier.verify(text)


async def test_a_refused_token_is_not_remembered_as_good() -> None:
    """The same forged token is refused again and again."""
    verifier = TokenVerifier(OneKey(), Clock())
    for _ in range(3):
        with pytest.raises(TokenInvalid):
            await verifier.verify(token(sign=rs256(FOREIGN_KEY)))


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
