"""What the process says of mails: no link, no address, whatever the mail server answers."""

import ssl
from dataclasses import replace
from pathlib import Path

import pytest
import trustme

from jira_analytics.auth.v1 import auth_pb2 as pb
from services.auth.domain.link import LinkKind
from services.auth.domain.mail import verification_mail
from services.auth.mail.letters import letter_of
from services.auth.mail.sending import NotDelivered
from services.auth.mail.smtp import Smtp, smtp_of
from tests.rpc.auth_process import auth_process
from tests.rpc.mail_servers import mail_server, smtp_settings, text_of, token_in
from tests.unit.auth_examples import NOW, membership

EMAIL = "canary-address@example.com"
PASSWORD = "canary tractor violet"


async def test_no_link_and_no_address_is_logged(
    mongo_url: str, mongo_database: str, tmp_path: Path
) -> None:
    """Through a refusal that names the address, and a delivery: the log has neither."""
    with mail_server(f"451 not now, {EMAIL}") as box:
        environment = {
            "SMTP_URL": f"smtp://127.0.0.1:{box.port}",
            "SMTP_PAUSE_SECONDS": "0.05",
            "SMTP_POLL_SECONDS": "0.05",
        }
        log = tmp_path / "log"
        async with auth_process(mongo_url, mongo_database, log, **environment) as process:
            request = pb.SignUpRequest(email=EMAIL, password=PASSWORD, workspace_name="Acme")
            await process.stub.SignUp(request)
            (message,) = await box.receives(1)
            token = token_in(text_of(message))
            await process.stub.VerifyEmail(pb.VerifyEmailRequest(token=token))
    said = log.read_text()
    assert "a mail was not delivered" in said
    assert "canary" not in said
    assert token not in said


def elsewhere(port: int) -> Smtp:
    """Speak to a server here as to one that is not on this machine."""
    here = smtp_of(smtp_settings(port))
    assert here is not None
    return replace(here, upgraded=True)


async def send(smtp: Smtp) -> None:
    mail = verification_mail(membership().account, now=NOW)
    kind = LinkKind.VERIFY_EMAIL
    await smtp(letter_of(mail, kind, "token", base="https://app.example.com"))


async def test_a_server_elsewhere_without_tls_is_told_nothing() -> None:
    """A link does not travel where others can read it."""
    with mail_server() as box:
        with pytest.raises(NotDelivered):
            await send(elsewhere(box.port))
        assert box.asked == 0


async def test_a_server_elsewhere_must_prove_who_it_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """By a certificate of an authority that this machine trusts, for the name it is called by."""
    authority, tls = trustme.CA(), ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    with mail_server(tls=tls) as box:
        with pytest.raises(NotDelivered):
            await send(elsewhere(box.port))
        assert box.asked == 0
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        await send(elsewhere(box.port))
        assert len(box.messages) == 1
        with pytest.raises(NotDelivered):
            await send(replace(elsewhere(box.port), host="localhost"))
