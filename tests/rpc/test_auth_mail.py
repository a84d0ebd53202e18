"""The outbox: on a real store, to real SMTP servers."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from pydantic import SecretStr

from services.auth.domain.email import Email
from services.auth.domain.link import LinkKind
from services.auth.domain.mail import reset_mail
from services.auth.mail.minting import LinkMint
from services.auth.mail.sending import NotDelivered
from services.auth.mail.smtp import smtp_of
from services.auth.store.accounts import AccountStore
from services.auth.store.mails import MailStore
from services.chassis.mongo import Database, connect
from services.chassis.settings import Mongo
from services.kernel.errors import LinkInvalid
from services.kernel.origin import NOWHERE
from tests.rpc.auth_service import MASTER
from tests.rpc.mail_sending import DAY, EMAIL, Clock, Pile, noted, sending, use, verify_mail
from tests.rpc.mail_servers import mail_server, mute_server, smtp_settings, text_of, token_in
from tests.unit.auth_examples import NOW, USER, membership


@pytest.fixture
async def database(mongo_url: str, mongo_database: str) -> AsyncIterator[Database]:
    settings = Mongo(url=SecretStr(mongo_url), database=mongo_database)
    async with connect(settings) as opened:
        yield opened


async def test_a_mail_arrives_with_a_link_that_works_once(database: Database) -> None:
    """Through a real SMTP server: the link is for the account, and opens nothing again."""
    with mail_server() as box:
        deliver = smtp_of(smtp_settings(box.port))
        await noted(database, verify_mail())
        assert await sending(database, deliver)() == 1
        assert await sending(database, deliver)() == 0
    (message,) = box.messages
    assert (message["To"], message["From"]) == (EMAIL, "Us <us@example.com>")
    text = text_of(message)
    assert "https://app.example.com/verify-email#" in text
    shown = LinkMint([MASTER]).open(token_in(text), LinkKind.VERIFY_EMAIL)
    assert shown.subject_id == USER
    await use(database, shown)
    with pytest.raises(LinkInvalid):
        await use(database, shown)


async def test_a_dump_of_the_database_holds_no_link(database: Database) -> None:
    """What is stored while a mail waits and after it is sent does not contain its token."""
    pile = Pile()
    await noted(database, verify_mail())
    await sending(database, pile)()
    token = token_in(pile.letters[0].text)
    for name in await database.list_collection_names():
        assert token not in str(await database[name].find({}).to_list())


async def test_a_server_that_refuses_for_a_while_is_asked_again(database: Database) -> None:
    """After 451 twice the mail is taken the third time, later each time; it arrives once."""
    clock = Clock()
    with mail_server("451 later", "421 busy") as box:
        send = sending(database, smtp_of(smtp_settings(box.port)), clock, pause_seconds=10)
        await noted(database, verify_mail())
        assert await send() == 1
        clock.now += 4_999
        assert await send() == 0
        clock.now += 5_001
        assert await send() == 1
        clock.now += 9_999
        assert await send() == 0
        clock.now += 10_001
        assert await send() == 1
        assert await send() == 0
    assert (box.asked, len(box.messages)) == (3, 1)


async def test_a_mail_is_given_up_when_it_is_pointless(database: Database) -> None:
    """A server that never takes it is not asked after the link would have expired."""
    clock = Clock()
    send = sending(database, Pile(*[NotDelivered("no")] * 99), clock)
    await noted(database, reset_mail(EMAIL, now=NOW, origin=NOWHERE))
    await AccountStore(database).add(membership())
    attempts = 0
    for _ in range(200):
        attempts += await send()
        clock.now += 60_000
    assert 4 <= attempts <= 14
    assert await database["mails"].count_documents({"sent": None}) == 1


async def test_what_is_refused_for_good_is_not_sent_again(database: Database) -> None:
    """550 ends it."""
    with mail_server("550 no such user") as box:
        clock = Clock()
        send = sending(database, smtp_of(smtp_settings(box.port)), clock)
        await noted(database, verify_mail())
        await send()
        clock.now += DAY
        assert await send() == 0
    assert box.asked == 1


async def test_a_mute_server_holds_nothing_up(database: Database) -> None:
    """Each delivery ends at its deadline, and the mail waits for the next."""
    async with mute_server() as port:
        deliver = smtp_of(smtp_settings(port, timeout_seconds=0.2))
        await noted(database, verify_mail())
        async with asyncio.timeout(10):
            assert await sending(database, deliver)() == 1
    waiting = await database["mails"].find_one({})
    assert waiting is not None
    assert (waiting["sent"], waiting["attempts"]) == (None, 1)


async def test_many_processes_send_each_mail_once(database: Database) -> None:
    """Ten senders and thirty mails: every mail is delivered exactly once."""
    pile = Pile()
    mails = [verify_mail(f"usr_{number}") for number in range(30)]
    for mail in mails:
        await noted(database, mail)

    async def work() -> None:
        while await sending(database, pile)():
            pass

    await asyncio.gather(*(work() for _ in range(10)))
    sent = sorted(letter.mail.mail_id for letter in pile.letters)
    assert sent == sorted(mail.mail_id for mail in mails)


async def test_who_was_too_slow_is_fenced_off(database: Database) -> None:
    """After another took the mail up, the first can neither keep its link nor say it was sent."""
    store = MailStore(database)
    await noted(database, verify_mail())
    slow = await store.claim(now=NOW, until=NOW + 1)
    quick = await store.claim(now=NOW + 1, until=NOW + 2)
    assert slow is not None
    assert quick == replace(slow, attempts=2, due=NOW + 2)
    _, link = LinkMint([MASTER]).mint(LinkKind.VERIFY_EMAIL, USER, now=NOW)
    assert not await store.keep_link(slow, link, [])
    await store.mark_sent(slow, now=NOW)
    assert await store.claim(now=NOW + 2, until=NOW + 3) is not None


async def test_a_reset_is_mailed_where_there_is_an_account_and_else_not(
    database: Database,
) -> None:
    """Both wait in the outbox alike; several requests within a minute are one mail."""
    pile = Pile()
    await AccountStore(database).add(membership())
    store, stranger = MailStore(database), "nobody@example.com"
    for email in (EMAIL, EMAIL, stranger):
        await store.add(reset_mail(Email(email), now=NOW, origin=NOWHERE))
    waiting = await database["mails"].find({}).to_list()
    assert len(waiting) == 2
    assert waiting[0].keys() == waiting[1].keys()
    assert await sending(database, pile)() == 2
    assert [letter.mail.email for letter in pile.letters] == [EMAIL]
    shown = LinkMint([MASTER]).open(token_in(pile.letters[0].text), LinkKind.RESET_PASSWORD)
    assert shown.subject_id == USER
    asked = await database["audit_inbox"].find({}).to_list()
    assert [event["action"] for event in asked] == ["password.reset_request"]
