"""Recorded answers stay as they are; `python -m tests.golden` records them anew."""

import pytest

from tests.golden.threads import FOLDER, threads


def test_every_file_is_a_thread() -> None:
    """No recording is left over."""
    assert {path.name for path in FOLDER.glob("*.txt")} == set(threads())


@pytest.mark.parametrize("name", sorted(threads()))
def test_as_recorded(name: str) -> None:
    """The answer is the recorded one; where the change is meant, read the diff and commit it."""
    assert threads()[name] == (FOLDER / name).read_text(encoding="utf-8")
