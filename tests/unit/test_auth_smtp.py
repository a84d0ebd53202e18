"""How a mail server is spoken to, by what its address says."""

import pytest
from pydantic import SecretStr, ValidationError

from services.auth.mail.smtp import Smtp, ascii_address, smtp_of
from services.auth.settings import SmtpSettings


def server(url: str) -> Smtp:
    found = smtp_of(SmtpSettings(url=SecretStr(url)))
    assert found is not None
    return found


def test_without_an_address_there_is_no_server() -> None:
    """Then mails wait for the operator."""
    assert smtp_of(SmtpSettings()) is None


@pytest.mark.parametrize(
    ("url", "port", "from_start", "upgraded"),
    [
        ("smtps://mail.example.com", 465, True, None),
        ("smtp://mail.example.com", 587, False, True),
        ("smtp://mail.example.com:25", 25, False, True),
        ("smtp://localhost:2525", 2525, False, None),
        ("smtp://127.0.0.1:2525", 2525, False, None),
        ("smtp://[::1]:2525", 2525, False, None),
        ("smtp://10.0.0.1", 587, False, True),
        ("smtp://localhost.example.com", 587, False, True),
    ],
)
def test_links_leave_this_machine_encrypted_or_not_at_all(
    url: str, port: int, from_start: bool, upgraded: bool | None
) -> None:
    """TLS from the start or by STARTTLS, without which a server elsewhere is not spoken to."""
    found = server(url)
    assert (found.port, found.from_start, found.upgraded) == (port, from_start, upgraded)


def test_a_password_is_read_and_not_shown() -> None:
    """What is special in an address is written with percent signs."""
    found = server("smtps://us%40example.com:p%2Fw@mail.example.com")
    assert (found.username, found.password) == ("us@example.com", "p/w")
    assert "p/w" not in repr(found)


@pytest.mark.parametrize("url", ["mail.example.com", "http://x", "smtp://", "smtp://h:x", ""])
def test_what_is_no_address_is_refused_at_start(url: str) -> None:
    """And not shown: it may hold a password."""
    with pytest.raises(ValidationError) as refused:
        SmtpSettings(url=SecretStr(url))
    assert "h:x" not in str(refused.value)


def test_an_international_domain_is_written_in_ascii() -> None:
    """Every server understands that."""
    assert ascii_address("a@bücher.example.com") == "a@xn--bcher-kva.example.com"
