"""Operators' commands on the stack of this machine: where it is, and that it must run."""

import json
from pathlib import Path

import pytest

from deploy.local import operate
from deploy.local.operate import environment


def test_a_stack_that_does_not_run_is_said_so(tmp_path: Path) -> None:
    """Nothing is made in the folder: no key that a stack would take for its own."""
    with pytest.raises(SystemExit, match="make run"):
        environment(tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_command_is_told_where_the_running_stack_keeps_its_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The embedded database's address and the stack's master key; another database is let be."""
    monkeypatch.setattr(operate, "running_in", lambda _folder: object())
    (tmp_path / "master.key").write_text("key")
    at = {"gateway_url": "https://localhost:1"}
    kept = {"mongo": "127.0.0.1:1", "auth": "127.0.0.1:2"}
    parts = [{"name": name, "address": address} for name, address in kept.items()]
    record = {**at, "processes": parts}
    (tmp_path / "stack.json").write_text(json.dumps(record))
    told = environment(tmp_path)
    assert (told["MONGO_URL"], told["MASTER_KEYS"]) == ("mongodb://127.0.0.1:1/", "key")
    assert told["LINKS_ADDRESS"] == "https://localhost:1"
    assert (told["AUTH_ADDRESS"], told["CLIENT_ID"]) == ("127.0.0.1:2", "operator")
    (tmp_path / "stack.json").write_text(json.dumps({**at, "processes": []}))
    monkeypatch.setenv("MONGO_URL", "mongodb://elsewhere/")
    assert environment(tmp_path)["MONGO_URL"] == "mongodb://elsewhere/"


def test_the_operators_audit_is_a_command_too() -> None:
    """All else is a command of auth's."""
    assert operate.program(["audit", "verify"]) == ["deploy.operators_audit", "verify"]
    assert operate.program(["mails"]) == ["services.auth", "mails"]
    assert operate.program([]) == ["services.auth", "--help"]
