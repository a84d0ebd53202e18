"""What the auth service is told, and what it says where that is not right."""

import pytest
from cryptography.fernet import Fernet

from services.auth.settings import AuthSettings, OperatorSettings, split_keys
from services.chassis.settings import load

MASTER, OLDER = Fernet.generate_key().decode(), Fernet.generate_key().decode()
NEEDED = {
    "GRPC_PORT": "7001",
    "HTTP_PORT": "7002",
    "MONGO_URL": "mongodb://127.0.0.1/",
    "MASTER_KEYS": f"{MASTER}, {OLDER},",
}


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in NEEDED.items():
        monkeypatch.setenv(name, value)


def test_four_variables_are_enough() -> None:
    """Everything else has a default that production can live with; no key set is fetched."""
    settings = load(AuthSettings)
    assert (settings.grpc.port, settings.http.port) == (7001, 7002)
    assert split_keys(settings.master.keys) == [MASTER, OLDER]
    assert settings.passwords.cost == 12
    assert not hasattr(settings, "jwks")


def test_other_programs_variables_are_let_be(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy or gRPC's own switches in the environment do not stop the service."""
    for name in ("HTTP_PROXY", "GRPC_VERBOSITY", "OTEL_SERVICE_NAME", "MONGO_SERVICE_HOST"):
        monkeypatch.setenv(name, "x")
    assert load(AuthSettings).http.port == 7002


def test_all_that_is_wrong_is_said_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One message names every wrong variable, and repeats no secret."""
    monkeypatch.setenv("MASTER_KEYS", f"{MASTER},canary-secret")
    monkeypatch.setenv("PASSWORDS_COST", "3")
    monkeypatch.delenv("MONGO_URL")
    with pytest.raises(SystemExit) as ended:
        load(AuthSettings)
    said = str(ended.value)
    assert "MASTER_KEYS" in said
    assert "key 2 is no Fernet key" in said
    assert "PASSWORDS_COST" in said
    assert "MONGO" in said
    assert "canary" not in said
    assert MASTER not in said


@pytest.mark.parametrize("keys", ["", ",", " , "])
def test_no_master_key_is_no_start(monkeypatch: pytest.MonkeyPatch, keys: str) -> None:
    """An empty list of keys is refused."""
    monkeypatch.setenv("MASTER_KEYS", keys)
    with pytest.raises(SystemExit, match="at least one Fernet key"):
        load(AuthSettings)


def test_an_operator_needs_only_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """create-user runs where only MONGO_URL is set; secrets are not printed."""
    for name in ("GRPC_PORT", "HTTP_PORT", "MASTER_KEYS"):
        monkeypatch.delenv(name)
    assert "127.0.0.1" not in repr(load(OperatorSettings))
