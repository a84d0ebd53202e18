"""An operator's command of the auth service, on the stack that runs on this machine.

python -m deploy.local.operate mails
python -m deploy.local.operate create-user --email you@example.com --tier enterprise
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from deploy.local.record import FILE
from deploy.local.secrets import master_keys
from deploy.local.stack import running_in


def environment(folder: Path) -> dict[str, str]:
    """Tell a command where the running stack's database is, and its master keys.

    SystemExit where no stack runs there.
    """
    if running_in(folder) is None:
        raise SystemExit(f"no stack runs in {folder}: start one with make run")
    record = json.loads((folder / FILE).read_text())
    embedded = {one["name"]: one["address"] for one in record["processes"]}.get("mongo")
    told = {"MASTER_KEYS": master_keys(folder), "LINKS_ADDRESS": record["gateway_url"]}
    if embedded is not None:
        told["MONGO_URL"] = f"mongodb://{embedded}/"
    return {**os.environ, **told}


def main() -> int:
    """Run the command with what follows on the command line; gives its exit code."""
    command = [sys.executable, "-m", "services.auth", *(sys.argv[1:] or ["--help"])]
    folder = Path(os.environ.get("STACK_FOLDER", ".local"))
    return subprocess.run(command, env=environment(folder), check=False).returncode  # noqa: S603 - our own program


if __name__ == "__main__":
    sys.exit(main())
