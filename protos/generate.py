"""Generates gen/ from the contract: Python messages, stubs, their types, and the descriptor set."""

import os
import subprocess
import sys
from pathlib import Path

import google.api

ROOT = Path(__file__).resolve().parent.parent
# google/api and google/rpc come from googleapis-common-protos; protoc brings google/protobuf.
INCLUDES = [f"-I{ROOT / 'protos'}", f"-I{Path(google.api.__path__[0]).parent.parent}"]
# protoc-gen-mypy lies beside the interpreter, whether or not its environment is active.
PLUGINS = Path(sys.executable).parent
# Envoy needs the error details to turn a gRPC status into JSON.
ERROR_DETAILS = ["google/rpc/error_details.proto", "google/rpc/status.proto"]


def protoc(*arguments: str) -> None:
    """Run protoc, and stop with its words where it fails."""
    subprocess.run(
        [sys.executable, "-m", "grpc_tools.protoc", *INCLUDES, *arguments],
        check=True,
        env={**os.environ, "PATH": f"{PLUGINS}{os.pathsep}{os.environ.get('PATH', '')}"},
    )


def main(target: Path) -> None:
    """Write everything that is generated below `target`."""
    sources = sorted(
        str(path.relative_to(ROOT / "protos")) for path in (ROOT / "protos").rglob("*.proto")
    )
    out = str(target)
    protoc(f"--python_out={out}", f"--mypy_out=readable_stubs,quiet:{out}", *sources)
    services = [s for s in sources if "\nservice " in (ROOT / "protos" / s).read_text()]
    protoc(f"--grpc_python_out={out}", f"--mypy_grpc_out=readable_stubs,quiet:{out}", *services)
    protoc(
        "--include_imports",
        "--include_source_info",
        f"--descriptor_set_out={target / 'api.binpb'}",
        *sources,
        *ERROR_DETAILS,
    )
    for folder in {target / Path(s).parent for s in sources}:
        (folder / "__init__.py").touch()
        for parent in folder.relative_to(target).parents:
            if parent != Path():
                (target / parent / "__init__.py").touch()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "gen")
