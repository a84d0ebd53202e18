"""The verifier of every service refuses every forged token we know of (S1, S2)."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from services.chassis.clock import system_clock
from services.chassis.jwks import keys_of
from services.chassis.revocations import Revocations
from services.chassis.tokens import TokenVerifier
from services.kernel.errors import TokenInvalid
from tests.edge.minting import Mint
from tests.forgeries import FORGERIES, Forgery

MINT = Mint()


class Published:
    """What a mint publishes, as services read it."""

    def __init__(self, *mints: Mint) -> None:
        entries = [entry for mint in mints for entry in json.loads(mint.jwks)["keys"]]
        self._keys = keys_of({"keys": entries})

    def find(self, key_id: str) -> RSAPublicKey | None:
        return self._keys.get(key_id)

    async def refresh(self) -> None:
        pass


def verifier(*mints: Mint) -> TokenVerifier:
    return TokenVerifier(Published(*mints), system_clock, Revocations(system_clock))


def test_no_two_rows_are_one() -> None:
    """Every row has a name of its own."""
    names = [forgery.name for forgery in FORGERIES]
    assert len(names) == len(set(names))


async def test_what_is_forged_would_hold_otherwise() -> None:
    """The token that forgeries are made of is taken: each differs from it in one respect."""
    assert (await verifier(MINT).verify(MINT.token())).user_id == "usr_1"
    assert (await verifier(MINT).verify(MINT.forged())).user_id == "usr_1"


@pytest.mark.parametrize("forgery", FORGERIES, ids=lambda row: row.name)
async def test_a_forgery_is_refused(forgery: Forgery) -> None:
    """It is TOKEN_INVALID and no other error, also the second time."""
    verifying, text = verifier(MINT), forgery.make(MINT)
    for _ in range(2):
        with pytest.raises(TokenInvalid):
            await verifying.verify(text)


async def test_a_key_id_that_is_published_twice_names_no_key() -> None:
    """Where the key set has our key's id twice, its tokens are refused: nobody can tell whose."""
    with pytest.raises(TokenInvalid):
        await verifier(MINT, Mint()).verify(MINT.token())
