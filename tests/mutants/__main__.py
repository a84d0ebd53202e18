"""`make mutants`: applies each patch to a scratch copy and shows that its test turns red.

A patch begins with lines that are not part of the diff: `promise: …` and `test: …` (what pytest is
given). A test that stays green, or that cannot run, fails the command.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from tests.shape.tree import ROOT, files

FOLDER = Path(__file__).resolve().parent
SECONDS = 300
TESTS_FAILED = 1
# Half of a mutant's time is spent waiting for servers to start.
AT_ONCE = 2 * (os.cpu_count() or 1)


@dataclass(frozen=True, slots=True)
class Mutant:
    """A patch, the promise it breaks, and the test that must say so."""

    name: str
    patch: Path
    promise: str
    test: str


def read(patch: Path) -> Mutant:
    """Read a mutant; ValueError where its heading lacks a line."""
    text = patch.read_text()
    said = dict(re.findall(r"^(promise|test): (.+)$", text, re.MULTILINE))
    if said.keys() != {"promise", "test"}:
        raise ValueError(f"{patch.name} must begin with `promise: …` and `test: …`")
    return Mutant(patch.stem, patch, said["promise"], said["test"])


def copy_tree(target: Path) -> None:
    """Copy the tree as it is, with what is not committed yet."""
    for path in files():
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / path, target / path)


def verdict(mutant: Mutant) -> str:
    """Run a mutant's test on a scratch copy that holds the patch; "red" is what is wanted."""
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        scratch = Path(folder)
        copy_tree(scratch)
        apply = ["git", "apply", "--unsafe-paths", f"--directory={scratch}", str(mutant.patch)]
        applied = subprocess.run(apply, cwd="/", capture_output=True, text=True, check=False)
        if applied.returncode:
            return f"does not apply: {applied.stderr.strip()}"
        # The checkout is installed in the environment: the scratch copy must come before it.
        path = os.pathsep.join([str(scratch), str(scratch / "gen")])
        ran = subprocess.run(
            [sys.executable, "-m", "pytest", "-x", "-p", "no:cacheprovider", *mutant.test.split()],
            cwd=scratch,
            env={**os.environ, "PYTHONPATH": path},
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    if ran.returncode == TESTS_FAILED:
        return "red"
    if ran.returncode == 0:
        return "STILL GREEN"
    return f"cannot run: {ran.stdout.strip().splitlines()[-1:]}"


def main() -> int:
    """Show every mutant's verdict; gives 0 where all are red."""
    chosen = sys.argv[1:]
    mutants = [read(patch) for patch in sorted(FOLDER.glob("*.patch"))]
    mutants = [mutant for mutant in mutants if not chosen or mutant.name in chosen]
    table = Table("mutant", "promise it breaks", "its test")
    verdicts = []
    console = Console()
    with ThreadPoolExecutor(AT_ONCE) as at_once:
        ran = at_once.map(verdict, mutants)
        for mutant, said in track(
            zip(mutants, ran, strict=True), "breaking promises", total=len(mutants), console=console
        ):
            verdicts.append(said)
            table.add_row(mutant.name, mutant.promise, said)
    console.print(table)
    return 0 if mutants and all(each == "red" for each in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
