"""`make demo LIVE=1` as a newcomer meets it."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.shape.tree import ROOT

SECONDS = 150


def test_the_demo_ends_with_the_figures_of_the_bundled_issues(tmp_path: Path) -> None:
    """It syncs 996 issues, finds 91 finished and 25 cycle times, says why, and leaves nothing.

    Then history goes on: webhooks move the numbers to those of the site collected afresh.
    """
    live = {"LIVE": "1", "LIVE_SECONDS": "2", "LIVE_DAYS": "20"}
    ran = subprocess.run(
        [sys.executable, "-m", "deploy.local.demo"],
        cwd=tmp_path,
        env={**os.environ, **live, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "gen")])},
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
    moved = re.search(r"items created 132 → (\d+), items finished 91 → (\d+)", said)
    assert moved is not None, ran.stdout
    assert int(moved[1]) > 132
    assert int(moved[2]) > 91
    assert "webhooks taken, over TLS through the gateway" in said
    assert "from filed at the site to counted here: half within" in said
    assert "collected once more, from nothing: the same numbers" in said
    assert not (tmp_path / ".local" / "demo" / "stack.json").exists()
