"""Requests about passwords and mailed links, parsed, or refused with the field's name."""

from dataclasses import dataclass, field

from jira_analytics.auth.v1 import auth_pb2
from services.auth.accounts.commonest_passwords import commonest_passwords
from services.auth.domain.email import Email, parse_email
from services.auth.domain.password import check_strength
from services.auth.requests.signing_in import required
from services.kernel.errors import InvalidField


@dataclass(frozen=True, slots=True)
class Changing:
    """A ChangePassword's request."""

    current: str = field(repr=False)
    chosen: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Resetting:
    """A ResetPassword's request."""

    token: str = field(repr=False)
    chosen: str = field(repr=False)


def change_of(request: auth_pb2.ChangePasswordRequest) -> Changing:
    """Parse a ChangePassword; InvalidField."""
    current = required(request.current_password, "current_password")
    if request.password == current:
        raise InvalidField("password", "this is the present one")
    return Changing(current, chosen_of(request.password))


def request_reset_of(request: auth_pb2.RequestPasswordResetRequest) -> Email:
    """Parse a RequestPasswordReset; InvalidField."""
    return parse_email(request.email)


def reset_of(request: auth_pb2.ResetPasswordRequest) -> Resetting:
    """Parse a ResetPassword; InvalidField."""
    return Resetting(required(request.token, "token"), chosen_of(request.password))


def verify_of(request: auth_pb2.VerifyEmailRequest) -> str:
    """Parse a VerifyEmail into the token's text; InvalidField."""
    return required(request.token, "token")


def chosen_of(password: str) -> str:
    """Parse a password that may be chosen, as far as that does not hang on who chooses it."""
    check_strength(password, commonest_passwords())
    return password
