"""Mailed links on a real store: each works once, for its time."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from services.auth.domain.link import LinkKind
from services.auth.mail.minting import LinkMint
from services.chassis.mongo import Database, connect
from services.chassis.settings import Mongo
from services.kernel.errors import LinkInvalid
from tests.rpc.auth_service import MASTER
from tests.rpc.mail_sending import DAY, kept, use
from tests.unit.auth_examples import NOW


@pytest.fixture
async def database(mongo_url: str, mongo_database: str) -> AsyncIterator[Database]:
    settings = Mongo(url=SecretStr(mongo_url), database=mongo_database)
    async with connect(settings) as opened:
        yield opened


async def test_of_many_who_use_a_link_at_once_one_does(database: Database) -> None:
    """Of 20 at once exactly one is let in."""
    token, link = LinkMint([MASTER]).mint(LinkKind.INVITE, "inv_1", now=NOW)
    await kept(database, link)
    shown = LinkMint([MASTER]).open(token, LinkKind.INVITE)
    uses = [use(database, shown) for _ in range(20)]
    outcomes = await asyncio.gather(*uses, return_exceptions=True)
    assert [one for one in outcomes if not isinstance(one, LinkInvalid)] == [None]


@pytest.mark.parametrize(
    ("kind", "lifetime"),
    [
        (LinkKind.VERIFY_EMAIL, 7 * DAY),
        (LinkKind.INVITE, 7 * DAY),
        (LinkKind.RESET_PASSWORD, DAY // 24),
    ],
)
async def test_a_link_ends_to_the_millisecond(
    database: Database, kind: LinkKind, lifetime: int
) -> None:
    """It stands for all of its time and no longer, whenever the server forgets it."""
    for after, stands in ((lifetime - 1, True), (lifetime, False)):
        token, link = LinkMint([MASTER]).mint(kind, "x", now=NOW)
        await kept(database, link)
        shown = LinkMint([MASTER]).open(token, kind)
        if stands:
            await use(database, shown, NOW + after)
        else:
            with pytest.raises(LinkInvalid):
                await use(database, shown, NOW + after)


async def test_one_link_used_voids_its_like_and_no_others(database: Database) -> None:
    """Of two mails about one thing one counts; other kinds and other people keep theirs."""
    mint = LinkMint([MASTER])
    tokens = {}
    for name, kind, subject in (
        ("first", LinkKind.RESET_PASSWORD, "usr_1"),
        ("second", LinkKind.RESET_PASSWORD, "usr_1"),
        ("other kind", LinkKind.VERIFY_EMAIL, "usr_1"),
        ("other person", LinkKind.RESET_PASSWORD, "usr_2"),
    ):
        token, link = mint.mint(kind, subject, now=NOW)
        await kept(database, link)
        tokens[name] = mint.open(token, kind)
    await use(database, tokens["first"])
    with pytest.raises(LinkInvalid):
        await use(database, tokens["second"])
    await use(database, tokens["other kind"])
    await use(database, tokens["other person"])
