"""E-mail addresses, the names by which people sign in."""

from typing import NewType

from email_validator import EmailNotValidError, validate_email

from services.kernel.errors import InvalidField

# Normalised: two ways to write one address are one account.
Email = NewType("Email", str)

# RFC 5321, section 4.5.3.1: the most that a path may hold, in bytes.
LONGEST = 254


def parse_email(text: str, *, field: str = "email") -> Email:
    """Normalise an address; InvalidField unless it looks like one that mail can reach.

    Letter case is dropped, and a domain of any script is kept as it is read (NFC, IDNA 2008),
    however it was written. Whether anybody reads its mail, only mail can tell: nothing is asked.
    """
    address = text.strip()
    # Longer text is not worth a parser's time.
    if len(address) <= LONGEST:
        try:
            valid = validate_email(
                address, allow_smtputf8=False, check_deliverability=False, strict=True
            )
        except EmailNotValidError:
            valid = None
        if valid is not None and len(email := valid.normalized.lower()) <= LONGEST:
            return Email(email)
    raise InvalidField(field, "this is not an e-mail address such as name@example.com")


def known_by(email: Email) -> tuple[str, str]:
    """Give what an address says of its owner: its local part, and its domain's first name."""
    local, _, domain = email.partition("@")
    return local, domain.partition(".")[0]
