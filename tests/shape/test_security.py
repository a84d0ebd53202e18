"""The page of promises names tests and mutants that are there, and leaves no mutant out."""

import re
from pathlib import Path

import pytest

from tests.mutants.__main__ import FOLDER, read
from tests.shape.tree import ROOT

PAGE = (ROOT / "docs" / "security.md").read_text()


def rows_of(page: str) -> list[list[str]]:
    """Read the tables that begin with a column of promises."""
    tables = re.findall(r"^\| promise \|.*\n\|[-|]+\n((?:\|.*\n)+)", page, re.MULTILINE)
    lines = [line for table in tables for line in table.splitlines()]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


PROMISES = rows_of(PAGE)
# Promises of security carry the letter of their list in PROMISES: tokens, passwords, tenancy, …
OF_SECURITY = re.compile(r"\((S|P|T|E|R|F|W|N)\d")
MUTANTS = {path.stem: read(path) for path in FOLDER.glob("*.patch")}


def spans(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


@pytest.mark.parametrize("row", PROMISES, ids=lambda row: row[0][:40])
def test_what_a_promise_names_is_there(row: list[str]) -> None:
    """Every promise has a test, and every path and mutant that stands beside it exists."""
    _, _, shown_by, broken_by = row
    assert spans(shown_by)
    absent = [name for name in spans(shown_by) if not Path(ROOT / "tests" / name).exists()]
    assert (absent, set(spans(broken_by)) - MUTANTS.keys()) == ([], set())


def test_every_mutant_of_security_is_on_the_page() -> None:
    """A mutant that breaks a promise of security stands beside that promise."""
    named = {name for row in PROMISES for name in spans(row[3])}
    wanted = {name for name, mutant in MUTANTS.items() if OF_SECURITY.search(mutant.promise)}
    assert wanted - named == set()
