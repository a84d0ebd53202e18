"""Tokens of mailed links: only ours open, and only what they are for."""

import pytest
from cryptography.fernet import Fernet

from services.auth.domain.link import LinkKind
from services.auth.mail.letters import link_address
from services.auth.mail.minting import LinkMint
from services.kernel.errors import LinkInvalid
from tests.unit.auth_examples import NOW

KEYS = [Fernet.generate_key().decode() for _ in range(2)]


def test_a_token_says_nothing_and_opens_what_it_is_for() -> None:
    """Subject and kind are read with the key only; no two tokens are alike."""
    mint = LinkMint(KEYS[:1])
    first, link = mint.mint(LinkKind.INVITE, "inv_1", now=NOW)
    second, _ = mint.mint(LinkKind.INVITE, "inv_1", now=NOW)
    assert first != second
    assert "inv_1" not in first
    shown = mint.open(first, LinkKind.INVITE)
    assert (shown.digest, shown.subject_id) == (link.digest, "inv_1")
    assert first not in repr(link)


def test_a_token_of_another_kind_opens_nothing() -> None:
    """Who is invited cannot reset a password with it."""
    mint = LinkMint(KEYS[:1])
    token, _ = mint.mint(LinkKind.INVITE, "usr_1", now=NOW)
    with pytest.raises(LinkInvalid):
        mint.open(token, LinkKind.RESET_PASSWORD)


@pytest.mark.parametrize("text", ["", "x", "\x00", "é" * 40, "🔑", "a" * 4_000_000, "gAAAAA=="])
def test_what_is_not_ours_opens_nothing(text: str) -> None:
    """Whatever it is, it is refused in the same words."""
    with pytest.raises(LinkInvalid):
        LinkMint(KEYS[:1]).open(text, LinkKind.INVITE)


def test_forged_and_bent_tokens_open_nothing() -> None:
    """Another key's token, and ours with any character changed, are refused."""
    token, _ = LinkMint(KEYS[1:]).mint(LinkKind.INVITE, "inv_1", now=NOW)
    with pytest.raises(LinkInvalid):
        LinkMint(KEYS[:1]).open(token, LinkKind.INVITE)
    for place in range(0, len(token) - 4, 7):
        bent = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        with pytest.raises(LinkInvalid):
            LinkMint(KEYS).open(bent, LinkKind.INVITE)


def test_links_outlive_a_change_of_the_master_key() -> None:
    """A token of an older key opens as long as that key is listed."""
    token, _ = LinkMint(KEYS[1:]).mint(LinkKind.INVITE, "inv_1", now=NOW)
    assert LinkMint(KEYS).open(token, LinkKind.INVITE).subject_id == "inv_1"


def test_a_links_token_follows_a_hash() -> None:
    """What follows "#" is sent to no server, so that no log on the way holds it."""
    address = link_address("https://a.example/", LinkKind.VERIFY_EMAIL, "t")
    assert address == "https://a.example/verify-email#t"
