"""Every mutant still fits the code it breaks; whether its test turns red `make mutants` says."""

import subprocess
from pathlib import Path

import pytest

from tests.mutants.__main__ import FOLDER, read
from tests.shape.tree import ROOT


@pytest.mark.parametrize("patch", sorted(FOLDER.glob("*.patch")), ids=lambda patch: patch.stem)
def test_a_mutant_applies(patch: Path) -> None:
    """What it changes is there as it expects it."""
    read(patch)
    apply = ["git", "apply", "--check", str(patch)]
    tried = subprocess.run(apply, cwd=ROOT, capture_output=True, text=True, check=False)
    assert tried.returncode == 0, tried.stderr
