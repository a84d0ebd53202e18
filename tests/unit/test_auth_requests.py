"""What is taken of a request, and what is refused under which name."""

from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from jira_analytics.auth.v1 import auth_pb2, internal_pb2
from services.auth.domain.account import Newcomer
from services.auth.domain.clients import clients_of
from services.auth.domain.email import Email
from services.auth.requests.internal import since_of
from services.auth.requests.signing_in import log_in_of, refresh_of, sign_up_of
from services.kernel.errors import InvalidField
from services.kernel.membership import Tier

GOOD = {
    "email": " New@Example.com ",
    "password": "correct horse battery",
    "workspace_name": " Acme GmbH ",
    "time_zone": "America/New_York",
}


def sign_up(**changes: Any) -> auth_pb2.SignUpRequest:
    return auth_pb2.SignUpRequest(**{**GOOD, **changes})


def test_a_good_request_is_normalised() -> None:
    """The address is lower-case, names are trimmed, the password is left as it is."""
    asked = sign_up_of(sign_up(password="  spaces count  "))
    assert asked.newcomer == Newcomer(
        Email("new@example.com"), "Acme GmbH", "America/New_York", Tier.FREE
    )
    assert asked.password == "  spaces count  "
    assert "spaces" not in repr(asked)


def test_the_time_zone_is_utc_where_left_out() -> None:
    """A workspace without a zone counts its days in UTC."""
    assert sign_up_of(sign_up(time_zone="")).newcomer.time_zone == "UTC"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "nobody"),
        ("password", "short"),
        ("password", "x" * 73),
        ("workspace_name", ""),
        ("workspace_name", "   "),
        ("workspace_name", "x" * 101),
        ("workspace_name", "two\nlines"),
        ("workspace_name", "nul\x00"),
        ("workspace_name", "\u202egnp.exe"),
        ("time_zone", "Mars/Olympus"),
        ("time_zone", "europe/berlin"),
        ("time_zone", "../../etc/passwd"),
        ("time_zone", "/etc/localtime"),
        ("time_zone", "localtime"),
        ("time_zone", "Factory"),
        ("time_zone", "America"),
        ("time_zone", "Europe/Berlin\x00"),
    ],
)
def test_a_bad_field_is_refused_by_its_name(field: str, value: str) -> None:
    """INVALID_FIELD, with the field's name in the metadata and never its value in the message."""
    with pytest.raises(InvalidField) as refused:
        sign_up_of(sign_up(**{field: value}))
    assert refused.value.metadata == {"field": field}
    assert not value.strip() or value not in refused.value.message


@pytest.mark.parametrize("name", ["x", "x" * 100, "Größe & Söhne", "株式会社", "🚀"])
def test_names_in_any_script_are_taken(name: str) -> None:
    """A workspace may be called whatever people can read."""
    assert sign_up_of(sign_up(workspace_name=name)).newcomer.workspace_name == name


def test_signing_in_needs_both_fields() -> None:
    """Any password may be tried, also one that could not be chosen today; none may not."""
    asked = log_in_of(auth_pb2.LoginRequest(email="A@B.de", password="x"))
    assert (asked.email, asked.password) == ("a@b.de", "x")
    assert "'x'" not in repr(asked)
    for request, field in (
        (auth_pb2.LoginRequest(email="a@b.de"), "password"),
        (auth_pb2.LoginRequest(password="x"), "email"),
    ):
        with pytest.raises(InvalidField) as refused:
            log_in_of(request)
        assert refused.value.metadata == {"field": field}


def test_refreshing_needs_a_token() -> None:
    """The token is passed on as it came."""
    assert refresh_of(auth_pb2.RefreshRequest(refresh_token="t")) == "t"
    with pytest.raises(InvalidField, match=r"^refresh_token: "):
        refresh_of(auth_pb2.RefreshRequest())


@pytest.mark.parametrize(
    "instant", [Timestamp(nanos=-1), Timestamp(seconds=2**60), Timestamp(seconds=-(2**62))]
)
def test_an_instant_that_is_none_is_refused(instant: Timestamp) -> None:
    """A timestamp may hold what no calendar does."""
    with pytest.raises(InvalidField, match=r"^since_time: "):
        since_of(internal_pb2.ListRevocationsRequest(since_time=instant))


def test_a_client_that_is_none_is_not_noted_as_it_calls_itself() -> None:
    """It may have put its secret where its name belongs."""
    clients = clients_of("sync:" + "s" * 40)
    named = [clients.name_of(client_id) for client_id in ("sync", "a secret by mistake")]
    assert named == ["sync", "unknown"]
