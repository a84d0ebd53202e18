"""Holds the contract against the one of the last version in CHANGELOG.md."""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.shape.tree import ROOT

VERSION = re.compile(r"^## \[?(\d+\.\d+\.\d+)", re.MULTILINE)
BUF = Path(sys.executable).parent / "buf"


def last_version(changelog: str) -> str | None:
    """Find the last version that was given out; None before the first."""
    found = VERSION.search(changelog)
    return found and found[1]


def main() -> int:
    """Compare; gives buf's exit code."""
    version = last_version((ROOT / "CHANGELOG.md").read_text())
    if version is None:
        print("no version was given out yet: nothing to break")
        return 0
    command = ["git", "show", f"v{version}:gen/api.binpb"]
    image = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    with tempfile.NamedTemporaryFile(suffix=".binpb") as then:
        then.write(image)
        then.flush()
        against: list[str] = [str(BUF), "breaking", "gen/api.binpb", "--against", then.name]
        return subprocess.run(
            [*against, "--config", "protos/buf.yaml", "--path", "jira_analytics"],
            cwd=ROOT,
            check=False,
        ).returncode


if __name__ == "__main__":
    sys.exit(main())
