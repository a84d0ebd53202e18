"""Requests, parsed into values that cannot be wrong, or refused with the field's name."""

import functools
from dataclasses import dataclass, field
from typing import Final
from zoneinfo import available_timezones

from jira_analytics.auth.v1 import auth_pb2, workspace_pb2
from services.auth.accounts.commonest_passwords import commonest_passwords
from services.auth.domain.account import Newcomer
from services.auth.domain.email import Email, known_by, parse_email
from services.auth.domain.password import check_strength
from services.kernel.errors import InvalidField
from services.kernel.membership import Region

LONGEST_NAME: Final = 100
DEFAULT_TIME_ZONE: Final = "UTC"
# Names that stand for whatever a machine is set to, or for nothing.
MACHINES_OWN: Final = frozenset({"Factory", "localtime"})


@dataclass(frozen=True, slots=True)
class SigningUp:
    """A SignUp's request."""

    newcomer: Newcomer
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class LoggingIn:
    """A Login's request."""

    email: Email
    password: str = field(repr=False)


def sign_up_of(request: auth_pb2.SignUpRequest) -> SigningUp:
    """Parse a SignUp; InvalidField."""
    email = parse_email(request.email)
    name = workspace_name_of(request.workspace_name)
    time_zone = time_zone_of(request.time_zone)
    region = region_of(request.region)
    check_strength(request.password, commonest_passwords(), about=(*known_by(email), name))
    return SigningUp(Newcomer(email, name, time_zone, region=region), request.password)


def log_in_of(request: auth_pb2.LoginRequest) -> LoggingIn:
    """Parse a Login; InvalidField. Any password may be tried: accounts may be older than rules."""
    email = parse_email(request.email)
    return LoggingIn(email, required(request.password, "password"))


def refresh_of(request: auth_pb2.RefreshRequest) -> str:
    """Parse a Refresh into the token's text; InvalidField."""
    return required(request.refresh_token, "refresh_token")


def display_name_of(request: auth_pb2.UpdateMeRequest) -> str | None:
    """Parse an UpdateMe into the name to be shown; None where it stays; InvalidField."""
    if not request.HasField("display_name"):
        return None
    return workspace_name_of(request.display_name, name="display_name")


def required(text: str, name: str) -> str:
    """Refuse, as InvalidField, a field that was left out."""
    if not text:
        raise InvalidField(name, "this is needed")
    return text


def region_of(region: int, *, name: str = "region") -> Region:
    """Parse where a workspace's data is to stay; the EU where it was left out."""
    if region == workspace_pb2.Workspace.REGION_UNSPECIFIED:
        return Region.EU
    try:
        return Region[workspace_pb2.Workspace.Region.Name(region)]  # type: ignore[arg-type]
    except ValueError as unknown:
        raise InvalidField(name, "this is no region: EU, US or APAC") from unknown


def workspace_name_of(text: str, *, name: str = "workspace_name") -> str:
    """Parse a name that people see: 1 to 100 characters that can be seen, on one line."""
    shown = text.strip()
    if not 1 <= len(shown) <= LONGEST_NAME:
        raise InvalidField(name, f"1 to {LONGEST_NAME} characters are needed")
    if not shown.isprintable():
        raise InvalidField(name, "only characters that can be shown on one line are taken")
    return shown


@functools.cache
def time_zones() -> frozenset[str]:
    """Give the names of all IANA time zones, read once."""
    return frozenset(available_timezones()) - MACHINES_OWN


def time_zone_of(text: str, *, name: str = "time_zone") -> str:
    """Parse an IANA time zone's name; UTC where it was left out."""
    chosen = text or DEFAULT_TIME_ZONE
    if chosen not in time_zones():
        raise InvalidField(name, "this is not an IANA time zone such as Europe/Berlin")
    return chosen
