"""Files and functions stay small enough to be read at once."""

import ast
from pathlib import Path

import pytest

from tests.shape.tree import ROOT, python_files

MOST_LINES_OF_FILE = 250
MOST_LINES_OF_FUNCTION = 40
MOST_ARGUMENTS = 4


@pytest.mark.parametrize("path", python_files(), ids=str)
def test_a_file_is_250_lines_or_fewer(path: Path) -> None:
    assert (ROOT / path).read_text().count("\n") <= MOST_LINES_OF_FILE


@pytest.mark.parametrize("path", python_files(), ids=str)
def test_a_function_is_40_lines_or_fewer(path: Path) -> None:
    tree = ast.parse((ROOT / path).read_text())
    functions = [
        node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    long = {
        function.name: length
        for function in functions
        if (length := (function.end_lineno or 0) - function.lineno + 1) > MOST_LINES_OF_FUNCTION
    }
    assert not long


@pytest.mark.parametrize("path", python_files(), ids=str)
def test_four_arguments_at_most_come_by_position(path: Path) -> None:
    tree = ast.parse((ROOT / path).read_text())
    many = [
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and len([a for a in node.args.args if a.arg not in ("self", "cls")]) > MOST_ARGUMENTS
    ]
    assert not many
