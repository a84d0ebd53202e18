"""What verifying an access token costs: known, unknown, and with much revoked.

`python -m tests.load.token_verification` measures it and puts it into docs/performance.md.
"""

import asyncio
import json
import time
from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from jwt.utils import base64url_decode
from rich.console import Console

from services.chassis.clock import system_clock
from services.chassis.jwks import keys_of
from services.chassis.revocations import Revocations
from services.chassis.tokens import TokenVerifier
from services.kernel.revocation import Revocation
from tests.edge.minting import Mint
from tests.load import report
from tests.load.report import Figure, Section

COMMAND = "python -m tests.load.token_verification"
ROUNDS = 5
WARM_CALLS = 20_000
COLD_CALLS = 1_000
REVOKED = 10_000


class Published:
    """The keys of a mint, as a service holds them."""

    def __init__(self, mint: Mint) -> None:
        self._keys = keys_of(json.loads(mint.jwks))

    def find(self, key_id: str) -> RSAPublicKey | None:
        """Find a key by its id."""
        return self._keys.get(key_id)

    async def refresh(self) -> None:
        """Have nothing to read again."""


def revocations(count: int) -> Revocations:
    """Note so many revocations, of sessions that call no more."""
    noted, now = Revocations(system_clock), system_clock()
    noted.note(Revocation(f"ses_{number}_ended", 1, now) for number in range(count))
    return noted


async def _each(verifier: TokenVerifier, tokens: Sequence[str]) -> float:
    """Verify tokens one after the other; gives the CPU of one, in microseconds."""
    began = time.process_time()
    for token in tokens:
        await verifier.verify(token)
    return (time.process_time() - began) / len(tokens) * 1e6


def _signatures(mint: Mint, tokens: Sequence[str]) -> float:
    """Check signatures alone, with nothing around it; microseconds of CPU each."""
    public, padding, digest = mint.private.public_key(), PKCS1v15(), SHA256()
    parts = [token.encode().rpartition(b".") for token in tokens]
    signed = [(base64url_decode(signature), text) for text, _, signature in parts]
    began = time.process_time()
    for signature, text in signed:
        public.verify(signature, text, padding, digest)
    return (time.process_time() - began) / len(tokens) * 1e6


async def _measured(revoked: int) -> list[tuple[float, float, float]]:
    """Give rounds of: warm, cold, and the signature alone."""
    mint = Mint()
    verifier = TokenVerifier(Published(mint), system_clock, revocations(revoked))
    rounds = []
    for _ in range(ROUNDS):
        fresh = [mint.token() for _ in range(COLD_CALLS)]
        cold = await _each(verifier, fresh)
        warm = await _each(verifier, fresh[:1] * WARM_CALLS)
        rounds.append((warm, cold, _signatures(mint, fresh)))
    return rounds


async def measure() -> Section:
    """Measure without revocations and with many."""
    warm, cold, bare = zip(*await _measured(0), strict=True)
    warm_revoked, cold_revoked, _ = zip(*await _measured(REVOKED), strict=True)
    unit = "µs CPU"
    return Section(
        "Verifying an access token",
        f"In one process without a server around it; {ROUNDS} rounds of {WARM_CALLS:,} "
        f"verifications of a token that was verified before, and of {COLD_CALLS:,} tokens that "
        "were not. Whether it was revoked is asked each time, of this process's memory.",
        [
            Figure("known before (warm)", unit, warm),
            Figure("not known before (cold)", unit, cold),
            Figure("the RSA signature alone", unit, bare),
            Figure(f"known before, {REVOKED:,} revocations in memory", unit, warm_revoked),
            Figure(f"not known before, {REVOKED:,} revocations in memory", unit, cold_revoked),
        ],
    )


if __name__ == "__main__":
    section = asyncio.run(measure())
    report.put([section], COMMAND)
    Console().print(section.text())
