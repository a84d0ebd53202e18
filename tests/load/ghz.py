"""`make ghz`: loads GetExecutiveSummary over TLS with ghz; no call may fail."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from rich.console import Console

from tests.load.synced_stack import Synced, synced_stack

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "github.com/bojand/ghz/cmd/ghz@latest"
INSTALL_SECONDS = 600
RUN_SECONDS = 120
CALLS = 20_000
P99 = 99
console = Console(highlight=False)


def program() -> str | None:
    """Find ghz on the PATH, or build it with Go into .local/bin; None where there is neither."""
    built = ROOT / ".local" / "bin" / "ghz"
    found = shutil.which("ghz") or (str(built) if built.exists() else None)
    if found is not None or shutil.which("go") is None:
        return found
    console.print("building ghz with Go, which takes a minute …")
    subprocess.run(
        ["go", "install", PACKAGE],
        env={**os.environ, "GOBIN": str(built.parent)},
        check=True,
        timeout=INSTALL_SECONDS,
        capture_output=True,
    )
    return str(built)


def command(ghz: str, stack: Synced) -> list[str]:
    """Give the command as README shows it, with its report in JSON."""
    return [
        ghz,
        *("--protoset", str(ROOT / "gen" / "api.binpb")),
        *("--call", "jira_analytics.analytics.v1.AnalyticsService/GetExecutiveSummary"),
        *("--cacert", str(stack.running.ca)),
        *("--metadata", json.dumps(dict(stack.metadata))),
        *("--data", json.dumps({"period": {"last_days": 90}})),
        *("--total", str(CALLS), "--concurrency", "32", "--connections", "4"),
        *("--timeout", "10s", "--format", "json"),
        stack.target,
    ]


def main() -> int:
    """Load, and tell; gives 0 where every call was answered."""
    ghz = program()
    if ghz is None:
        console.print("ghz is not on the PATH, and there is no Go to build it with: install one.")
        return 1
    with synced_stack() as stack:
        ran = subprocess.run(
            command(ghz, stack), capture_output=True, text=True, timeout=RUN_SECONDS, check=True
        )
    report = json.loads(ran.stdout)
    answered = report["statusCodeDistribution"]
    p99 = next(row["latency"] for row in report["latencyDistribution"] if row["percentage"] == P99)
    console.print(
        f"{report['count']:,} calls, {report['rps']:,.0f} per second, p99 {p99 / 1e6:.1f} ms, "
        f"answered: {answered}"
    )
    return 0 if answered == {"OK": CALLS} else 1


if __name__ == "__main__":
    sys.exit(main())
