"""The session file: private, whole, shared by programs, indifferent to rubbish."""

import asyncio
import json
import stat
from pathlib import Path

import pytest

import client.session
from client.failures import ClientError
from client.session import Session, SessionFile, default_file

HERE, THERE = "https://localhost:8443", "https://flow.example.com:443"


def session(name: str = "ada") -> Session:
    return Session(name, access_token=f"a-{name}", refresh_token=f"r-{name}", access_expires=1.0)


def _names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_each_gateway_has_a_session_of_its_own(tmp_path: Path) -> None:
    file = SessionFile(tmp_path / "s.json")
    async with file.alone():
        file.keep(HERE, session("ada"))
        file.keep(THERE, session("eve"))
    assert (file.read(HERE), file.read(THERE)) == (session("ada"), session("eve"))


async def test_a_file_that_others_could_read_is_private_after_the_next_write(
    tmp_path: Path,
) -> None:
    path = tmp_path / "s.json"
    path.write_text("{}")
    path.chmod(0o644)
    file = SessionFile(path)
    async with file.alone():
        file.keep(HERE, session())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_nothing_is_left_beside_the_file_but_its_lock(tmp_path: Path) -> None:
    file = SessionFile(tmp_path / "s.json")
    async with file.alone():
        file.keep(HERE, session())
    assert _names_in(tmp_path) == ["s.json", "s.json.lock"]


@pytest.mark.parametrize("text", ["", "[]", "not json", json.dumps({HERE: {"email": "ada"}})])
def test_a_file_that_makes_no_sense_holds_nobody(tmp_path: Path, text: str) -> None:
    path = tmp_path / "s.json"
    path.write_text(text)
    assert SessionFile(path).read(HERE) is None


async def test_only_one_program_at_a_time_renews(tmp_path: Path) -> None:
    one, other = SessionFile(tmp_path / "s.json"), SessionFile(tmp_path / "s.json")
    order: list[str] = []

    async def second() -> None:
        async with other.alone():
            order.append("second")

    async with one.alone():
        waiting = asyncio.create_task(second())
        await asyncio.sleep(0.2)
        order.append("first")
    await waiting
    assert order == ["first", "second"]


async def test_a_program_that_never_ends_is_not_waited_for_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client.session, "LOCK_TRIES", 2)
    file = SessionFile(tmp_path / "s.json")
    async with file.alone():
        with pytest.raises(ClientError, match="does not end"):
            async with SessionFile(tmp_path / "s.json").alone():
                pytest.fail("two were alone")


def test_the_file_is_where_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIRA_ANALYTICS_SESSION", "/somewhere/s.json")
    assert default_file() == Path("/somewhere/s.json")
    monkeypatch.delenv("JIRA_ANALYTICS_SESSION")
    monkeypatch.setenv("XDG_CONFIG_HOME", "/config")
    assert default_file() == Path("/config/jira-analytics/session.json")
