"""An operator's command of the auth service, on the stack that runs on this machine.

python -m deploy.local.operate mails
python -m deploy.local.operate create-user --email you@example.com --tier enterprise
python -m deploy.local.operate audit verify
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from deploy.local.options import CannotStart
from deploy.local.record import FILE
from deploy.local.secrets import client_secrets, master_keys
from deploy.local.stack import running_in


def environment(folder: Path) -> dict[str, str]:
    """Tell a command where the running stack's database and auth are, and its secrets.

    SystemExit where no stack runs there.
    """
    if running_in(folder) is None:
        raise SystemExit(f"no stack runs in {folder}: start one with make run")
    record = json.loads((folder / FILE).read_text())
    at = {one["name"]: one["address"] for one in record["processes"]}
    told = {
        "MASTER_KEYS": master_keys(folder),
        "LINKS_ADDRESS": record["gateway_url"],
        "AUTH_ADDRESS": at.get("auth", ""),
        "CLIENT_ID": "operator",
        "CLIENT_SECRET": client_secrets(folder)["operator"],
        # Ports change from start to start: what is remembered is remembered of the folder.
        "KNOWN_AS": str(folder.resolve()),
    }
    if "mongo" in at:
        told["MONGO_URL"] = f"mongodb://{at['mongo']}/"
    return {**os.environ, **told}


def program(arguments: Sequence[str]) -> list[str]:
    """Tell which program an operator's command is of, and what it is given."""
    if arguments[:1] == ["audit"]:
        return ["deploy.operators_audit", *arguments[1:]]
    return ["services.auth", *(arguments or ["--help"])]


def raise_tier(folder: Path, email: str) -> None:
    """Move an account's workspace to the highest tier; CannotStart where that fails."""
    arguments = ["create-user", "--email", email, "--tier", "enterprise"]
    command = [sys.executable, "-m", *program(arguments)]
    done = subprocess.run(  # noqa: S603 - our own program
        command, env=environment(folder), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise CannotStart(f"the workspace cannot be moved to another tier: {done.stderr.strip()}")


def main() -> int:
    """Run the command with what follows on the command line; gives its exit code."""
    command = [sys.executable, "-m", *program(sys.argv[1:])]
    folder = Path(os.environ.get("STACK_FOLDER", ".local"))
    return subprocess.run(command, env=environment(folder), check=False).returncode  # noqa: S603 - our own program


if __name__ == "__main__":
    sys.exit(main())
