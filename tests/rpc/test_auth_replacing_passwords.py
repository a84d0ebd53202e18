"""Passwords changed, forgotten and reset, and addresses confirmed: over the wire, by real links."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest

from jira_analytics.auth.v1 import auth_pb2 as pb
from tests.rpc.auth_service import PASSWORD, Auth, auth_service, refusal_of, refused
from tests.rpc.mail_sending import Pile, sending
from tests.rpc.mail_servers import mail_server, smtp_settings, text_of, token_in

EMAIL, OTHER_PASSWORD = "a@example.com", "tractor violet nine"
HOUR = 3600 * 1000


@pytest.fixture
async def auth(mongo_url: str, mongo_database: str) -> AsyncIterator[Auth]:
    async with auth_service(mongo_url, mongo_database) as running:
        running.clock.stand()
        yield running


def bearing(tokens: pb.Tokens) -> Any:
    return (("authorization", f"Bearer {tokens.access_token}"),)


async def change(auth: Auth, tokens: pb.Tokens, current: str, chosen: str) -> None:
    request = pb.ChangePasswordRequest(current_password=current, password=chosen)
    await auth.stub.ChangePassword(request, metadata=bearing(tokens))


async def ask_reset(auth: Auth, email: str = EMAIL) -> None:
    await auth.stub.RequestPasswordReset(pb.RequestPasswordResetRequest(email=email))


async def reset(auth: Auth, token: str, chosen: str = OTHER_PASSWORD) -> None:
    await auth.stub.ResetPassword(pb.ResetPasswordRequest(token=token, password=chosen))


async def mailed(auth: Auth, subject: str) -> str:
    """Send what waits, and give the token of the one letter about something."""
    pile = Pile()
    while await sending(auth.database, pile, auth.clock)():
        pass
    (letter,) = [one for one in pile.letters if subject in one.subject]
    return token_in(letter.text)


async def actions(auth: Auth, *, succeeded: bool = True) -> list[str]:
    kept = await auth.database["audit_inbox"].find({"succeeded": succeeded}).to_list()
    return [event["action"] for event in kept]


async def test_a_changed_password_ends_every_other_session(auth: Auth) -> None:
    """The present one must refresh once and goes on; the others' tokens are of no use."""
    here, there = await auth.sign_up(), await auth.log_in()
    await change(auth, here, PASSWORD, OTHER_PASSWORD)
    for tokens in (here, there):
        async with refused("TOKEN_STALE"):
            await auth.me(tokens.access_token)
    async with refused("REFRESH_TOKEN_INVALID"):
        await auth.refresh(there.refresh_token)
    await auth.me((await auth.refresh(here.refresh_token)).access_token)
    async with refused("CREDENTIALS_INVALID"):
        await auth.log_in()
    await auth.log_in(password=OTHER_PASSWORD)
    assert (await actions(auth)).count("password.change") == 1


async def test_a_stolen_token_does_not_change_the_password(auth: Auth) -> None:
    """The present password is asked for, and guessing it has to wait as signing in does."""
    tokens = await auth.sign_up()
    for _ in range(5):
        async with refused("CREDENTIALS_INVALID"):
            await change(auth, tokens, "wrong", OTHER_PASSWORD)
    async with refused("TOO_MANY_ATTEMPTS"):
        await change(auth, tokens, PASSWORD, OTHER_PASSWORD)
    auth.clock.ahead += 1_000
    await auth.me(tokens.access_token)
    await auth.log_in()


@pytest.mark.parametrize("chosen", ["short", "password1234", "x" * 73, PASSWORD, ""])
async def test_only_a_good_password_takes_the_place_of_another(auth: Auth, chosen: str) -> None:
    """What SignUp refuses, and the present one, are refused before anything is looked at."""
    tokens = await auth.sign_up()
    async with refused("INVALID_FIELD") as seen:
        await change(auth, tokens, PASSWORD, chosen)
    assert seen[0].metadata == {"field": "password"}
    await auth.me(tokens.access_token)


async def test_a_forgotten_password_is_replaced_by_a_mailed_link_once(auth: Auth) -> None:
    """All sessions end, the address is confirmed, and no link of the kind works again."""
    tokens = await auth.sign_up()
    await ask_reset(auth)
    token = await mailed(auth, "another password")
    auth.clock.ahead += 61_000
    await ask_reset(auth)
    second = await mailed(auth, "another password")
    await reset(auth, token)
    for used in (token, second):
        async with refused("LINK_INVALID") as seen:
            await reset(auth, used, "yet another tractor")
    assert seen[0].code is grpc.StatusCode.FAILED_PRECONDITION
    async with refused("TOKEN_STALE"):
        await auth.me(tokens.access_token)
    async with refused("REFRESH_TOKEN_INVALID"):
        await auth.refresh(tokens.refresh_token)
    async with refused("CREDENTIALS_INVALID"):
        await auth.log_in()
    me = await auth.me((await auth.log_in(password=OTHER_PASSWORD)).access_token)
    assert me.email_verified
    asked = await actions(auth)
    assert (asked.count("password.reset_request"), asked.count("password.reset")) == (2, 1)
    assert (await actions(auth, succeeded=False)).count("password.reset") == 1


async def test_a_reset_lets_in_who_had_failed_too_often(auth: Auth) -> None:
    """Who forgot a password has tried many; after choosing another they need not wait."""
    await auth.sign_up()
    for _ in range(5):
        async with refused("CREDENTIALS_INVALID"):
            await auth.log_in(password="wrong")
    await ask_reset(auth)
    await reset(auth, await mailed(auth, "another password"))
    await auth.log_in(password=OTHER_PASSWORD)


async def test_a_refused_password_does_not_use_up_the_link(auth: Auth) -> None:
    """Who chose badly chooses again; what is known by the account is refused too."""
    await auth.sign_up("jonathan@example.com")
    await ask_reset(auth, "jonathan@example.com")
    token = await mailed(auth, "another password")
    for chosen in ("short", "password1234", "x" * 73, "jonathan12345"):
        async with refused("INVALID_FIELD"):
            await reset(auth, token, chosen)
    await reset(auth, token)


async def test_a_link_is_good_for_an_hour_and_for_its_own_purpose(auth: Auth) -> None:
    """A minute before it works; after it, or where another kind is asked for, it does not."""
    await auth.sign_up()
    verify = await mailed(auth, "Confirm")
    async with refused("LINK_INVALID"):
        await reset(auth, verify)
    await ask_reset(auth)
    token = await mailed(auth, "another password")
    async with refused("LINK_INVALID"):
        await auth.stub.VerifyEmail(pb.VerifyEmailRequest(token=token))
    auth.clock.ahead += HOUR
    async with refused("LINK_INVALID"):
        await reset(auth, token)


async def test_of_many_resets_by_one_link_one_counts(auth: Auth) -> None:
    """Of 10 at once one is heard, and its password is the one that signs in."""
    await auth.sign_up()
    await ask_reset(auth)
    token = await mailed(auth, "another password")
    chosen = [f"tractor violet number {number}" for number in range(10)]
    outcomes = await asyncio.gather(
        *(reset(auth, token, one) for one in chosen), return_exceptions=True
    )
    done = [one for one, outcome in zip(chosen, outcomes, strict=True) if outcome is None]
    assert len(done) == 1
    refusals = [refusal_of(one) for one in outcomes if isinstance(one, grpc.aio.AioRpcError)]
    assert {one.reason for one in refusals} == {"LINK_INVALID"}
    await auth.log_in(password=done[0])


async def test_asking_for_a_reset_tells_nobody_who_has_an_account(auth: Auth) -> None:
    """Answer and stored document are alike; only the mail that comes, or not, tells."""
    await auth.sign_up()
    await mailed(auth, "Confirm")
    calls = [
        auth.stub.RequestPasswordReset(pb.RequestPasswordResetRequest(email=email))
        for email in (EMAIL, "nobody@example.com")
    ]
    answers = [await call for call in calls]
    metadata = [(await call.initial_metadata(), await call.trailing_metadata()) for call in calls]
    assert answers[0] == answers[1]
    assert metadata[0] == metadata[1]
    kept = await auth.database["mails"].find({"kind": "reset_password"}).to_list()
    shapes = [{name: type(value) for name, value in document.items()} for document in kept]
    assert shapes[0] == shapes[1]
    pile = Pile()
    await sending(auth.database, pile, auth.clock)()
    assert [letter.mail.email for letter in pile.letters] == [EMAIL]


async def test_an_address_is_confirmed_by_mail(mongo_url: str, mongo_database: str) -> None:
    """Signing up mails a link, by SMTP; following it confirms the address, once."""
    with mail_server() as box:
        smtp = smtp_settings(box.port)
        async with auth_service(mongo_url, mongo_database, smtp=smtp) as auth:
            tokens = await auth.sign_up()
            (message,) = await box.receives(1)
            assert not (await auth.me(tokens.access_token)).email_verified
            request = pb.VerifyEmailRequest(token=token_in(text_of(message)))
            await auth.stub.VerifyEmail(request)
            assert (await auth.me(tokens.access_token)).email_verified
            async with refused("LINK_INVALID"):
                await auth.stub.VerifyEmail(request)
            assert (await actions(auth)).count("account.verify") == 1


@pytest.mark.parametrize("token", ["x", "\x00", "gAAAAA", "🔑" * 100, "x" * 100_000])
async def test_what_is_no_link_opens_nothing(auth: Auth, token: str) -> None:
    """Whatever is shown, the answer is the same."""
    async with refused("LINK_INVALID"):
        await auth.stub.VerifyEmail(pb.VerifyEmailRequest(token=token))
    async with refused("LINK_INVALID"):
        await reset(auth, token)


async def test_a_name_is_shown_once_it_is_given(auth: Auth) -> None:
    """UpdateMe changes what is given, audits it, and refuses what cannot be shown."""
    tokens = await auth.sign_up()
    update = auth.stub.UpdateMe
    me = await update(pb.UpdateMeRequest(display_name=" Ada L. "), metadata=bearing(tokens))
    assert me.display_name == "Ada L."
    assert await update(pb.UpdateMeRequest(), metadata=bearing(tokens)) == me
    assert await auth.me(tokens.access_token) == me
    for name in ("", " ", "x" * 101, "a\nb", "nul\x00"):
        async with refused("INVALID_FIELD"):
            await update(pb.UpdateMeRequest(display_name=name), metadata=bearing(tokens))
    assert (await actions(auth)).count("account.update") == 1
