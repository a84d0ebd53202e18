"""Which passwords are taken."""

from services.kernel.errors import InvalidField

SHORTEST_CHARACTERS = 12
# bcrypt reads no more; what it would not read must not seem to count.
LONGEST_BYTES = 72


def check_length(password: str, *, field: str = "password") -> None:
    """Refuse, as InvalidField, no password and one that bcrypt cannot read to its end."""
    if not password:
        raise InvalidField(field, "this is needed")
    if len(password.encode()) > LONGEST_BYTES:
        raise InvalidField(field, f"at most {LONGEST_BYTES} bytes of UTF-8 can be used")


def check_strength(password: str, *, field: str = "password") -> None:
    """Refuse, as InvalidField, a password that is too short for a person to choose."""
    check_length(password, field=field)
    if len(password) < SHORTEST_CHARACTERS:
        raise InvalidField(field, f"at least {SHORTEST_CHARACTERS} characters are needed")
