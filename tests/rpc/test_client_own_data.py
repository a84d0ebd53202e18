"""What is one's own: passwords are changed unseen, data is taken whole, an account is deleted."""

import json
from typing import Any

import grpc
import pytest

from jira_analytics.auth.v1.auth_pb2 import AccountRecord, Session
from tests.rpc.client_stand_in import TOKEN_STALE, Refusal
from tests.rpc.client_terminal import Terminal, signed_in, terminal
from tests.unit.client_workspaces import EMAIL, me

__all__ = ["signed_in", "terminal"]

BEFORE, AFTER = "correct horse battery staple", "another horse, another staple"
GONE = Refusal(grpc.StatusCode.UNAVAILABLE, "STORE_UNAVAILABLE", "not now")


def _records(*, complete: int | None = None) -> list[Any]:
    records = [AccountRecord(account=me()), AccountRecord(session=Session(id="ses_1"))]
    if complete is not None:
        last = AccountRecord.Complete(record_count=complete)
        records.append(AccountRecord(complete=last))
    return records


async def test_a_password_is_changed_without_being_seen(signed_in: Terminal) -> None:
    ran = await signed_in.type(
        "password",
        answers={
            "Password until now: ": BEFORE,
            "or more): ": AFTER,
            "Repeat for confirmation: ": AFTER,
        },
    )
    assert ran.code == 0, ran.out
    request = signed_in.served.product.requests["ChangePassword"]
    assert (request.current_password, request.password) == (BEFORE, AFTER)
    assert BEFORE not in ran.out
    assert AFTER not in ran.out


async def test_passwords_may_come_from_the_environment(signed_in: Terminal) -> None:
    ran = await signed_in.run(
        "password", JIRA_ANALYTICS_PASSWORD=BEFORE, JIRA_ANALYTICS_NEW_PASSWORD=AFTER
    )
    assert ran.out == "✓ the password is changed, and your other sessions have ended\n"


async def test_a_wrong_password_until_now_is_told_from_the_next_one(signed_in: Terminal) -> None:
    signed_in.served.product.refusals["ChangePassword"] = Refusal(
        grpc.StatusCode.UNAUTHENTICATED, "CREDENTIALS_INVALID", "they do not belong together"
    )
    ran = await signed_in.run(
        "password", JIRA_ANALYTICS_PASSWORD=AFTER, JIRA_ANALYTICS_NEW_PASSWORD=BEFORE
    )
    assert ran.err == (
        "jira-analytics: that is not your password until now; "
        "try again, or have it replaced with: jira-analytics forgot EMAIL\n"
    )
    assert signed_in.served.product.calls["ChangePassword"] == 1


async def test_a_forgotten_password_is_replaced_by_a_link(terminal: Terminal) -> None:
    """Whether there is an account is not said; nobody needs to be signed in."""
    product = terminal.served.product
    asked = await terminal.run("forgot", EMAIL)
    assert asked.out.startswith(f"✓ if {EMAIL} has an account, a mail is on its way")
    assert product.requests["RequestPasswordReset"].email == EMAIL
    ran = await terminal.run(
        "reset", "https://flow.example.com/reset-password#jal_1", JIRA_ANALYTICS_NEW_PASSWORD=AFTER
    )
    assert ran.out == "✓ the password is changed; sign in with: jira-analytics login\n"
    request = product.requests["ResetPassword"]
    assert (request.token, request.password) == ("jal_1", AFTER)


async def test_the_link_is_asked_for_unseen(terminal: Terminal) -> None:
    ran = await terminal.type("verify-email", answers={"Link from the mail: ": "jal_secret"})
    assert ran.code == 0, ran.out
    assert terminal.served.product.requests["VerifyEmail"].token == "jal_secret"
    assert "jal_secret" not in ran.out


async def test_the_confirming_link_is_mailed_again(signed_in: Terminal) -> None:
    """By who is signed in, without a link; what it says holds whether or not a mail goes out."""
    ran = await signed_in.run("verify-email", "--again")
    assert ran.out == (
        "✓ unless your address is confirmed, a mail is on its way, one a minute at most;"
        " its link works for seven days\n  next: jira-analytics verify-email\n"
    )
    calls = signed_in.served.product.calls
    assert calls["RequestEmailVerification"] == 1
    assert "VerifyEmail" not in calls


async def test_a_link_that_opens_nothing_says_what_to_do(terminal: Terminal) -> None:
    refusal = Refusal(grpc.StatusCode.FAILED_PRECONDITION, "LINK_INVALID", "of no use")
    terminal.served.product.refusals["VerifyEmail"] = refusal
    ran = await terminal.run("verify-email", "jal_1")
    assert ran.err == (
        "jira-analytics: this link was used, has expired, or is for somebody else; "
        "ask for another one\n"
    )


async def test_a_name_is_changed(signed_in: Terminal) -> None:
    ran = await signed_in.run("account", "name", "Ada")
    assert ran.out == "✓ others see you as Ada now\n"
    assert signed_in.served.product.requests["UpdateMe"].display_name == "Ada"


async def test_an_export_is_one_json_a_line_and_its_owners_alone(signed_in: Terminal) -> None:
    signed_in.served.product.streams = [_records(complete=2)]
    file = signed_in.folder / "me.jsonl"
    ran = await signed_in.run("account", "export", str(file))
    assert ran.out == f"✓ 2 records, and that is all; they are in {file}\n"
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [next(iter(line)) for line in lines] == ["account", "session", "complete"]
    assert lines[0]["account"]["email"] == EMAIL
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("stream", "why"),
    [
        (_records(), "it ended before its last record"),
        ([*_records(), GONE], "the service does not answer now"),
        ([*_records(), TOKEN_STALE], "its token ended on the way"),
        (_records(complete=3), "3 were sent"),
    ],
    ids=["ended early", "broken off", "token ended", "one lost"],
)
async def test_an_export_that_is_not_complete_says_so_and_is_not_left(
    signed_in: Terminal, stream: list[Any], why: str
) -> None:
    signed_in.served.product.streams = [stream]
    file = signed_in.folder / "me.jsonl"
    ran = await signed_in.run("account", "export", str(file))
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == (
        f"jira-analytics: the export is not complete after 2 records ({why}); try again\n"
    )
    assert not file.exists()
    assert signed_in.served.product.calls["ExportAccount"] == 1


async def test_an_export_begins_again_with_a_renewed_token_but_only_then(
    signed_in: Terminal,
) -> None:
    product = signed_in.served.product
    product.access.clear()
    product.unknown = TOKEN_STALE
    product.streams = [_records(complete=2)]
    ran = await signed_in.run("account", "export", "-")
    assert ran.code == 0, ran.err
    assert len(ran.out.splitlines()) == 3
    assert product.calls["Refresh"] == 1


async def test_an_export_that_never_began_says_why_and_no_more(terminal: Terminal) -> None:
    ran = await terminal.run("account", "export", "-")
    assert ran.err.startswith("jira-analytics: you are not signed in at ")


async def test_what_is_there_already_is_not_written_over(signed_in: Terminal) -> None:
    file = signed_in.folder / "me.jsonl"
    file.write_text("precious")
    ran = await signed_in.run("account", "export", str(file))
    assert ran.code == 1
    assert "cannot be written (File exists); name another file" in ran.err
    assert file.read_text() == "precious"


async def test_deleting_says_what_fourteen_days_mean_and_asks(signed_in: Terminal) -> None:
    kept = await signed_in.type("account", "delete", answers={"Delete it? [y/N]:": "n"})
    words = " ".join(kept.out.split())
    assert "In 14 days the account and the workspaces that are yours alone are erased" in words
    assert "signing in before takes the deletion back" in words
    assert "DeleteAccount" not in signed_in.served.product.calls
    ran = await signed_in.run("account", "delete", "--yes")
    assert ran.code == 0, ran.err
    assert signed_in.served.product.calls["DeleteAccount"] == 1
    assert "you are not signed in" in (await signed_in.run("whoami")).err
