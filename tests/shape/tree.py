"""The files of the tree, as git knows them or would."""

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Below gen/ is what protoc wrote.
GENERATED = "gen/"


@cache
def files() -> list[Path]:
    """List every file of the tree that is there and not ignored, relative to its root."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return sorted(Path(name) for name in listed.split("\0") if name and (ROOT / name).is_file())


def python_files() -> list[Path]:
    """List the Python files that are written by hand."""
    return [
        path for path in files() if path.suffix == ".py" and not str(path).startswith(GENERATED)
    ]
