"""`make demo` as a newcomer meets it."""

import os
import subprocess
import sys
from pathlib import Path

from tests.shape.tree import ROOT

SECONDS = 150


def test_the_demo_ends_with_the_figures_of_the_bundled_issues(tmp_path: Path) -> None:
    """It syncs 996 issues, finds 91 finished and 25 cycle times, says why, and leaves nothing."""
    ran = subprocess.run(
        [sys.executable, "-m", "deploy.local.demo"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "gen")])},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    said = " ".join(ran.stdout.split())
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "synced every issue: 996 issues" in said
    assert "25 of 91 finished items have a cycle time; the other 66 never were" in said
    assert "Top bottleneck In Progress" in said
    assert "996 of 996 issues stored" in said
    assert not (tmp_path / ".local" / "demo" / "stack.json").exists()
