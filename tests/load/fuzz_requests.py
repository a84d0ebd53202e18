"""`python -m tests.load.fuzz_requests`: atheris looks for bytes that break how requests are read.

Every parser of services/auth/requests that takes a whole message is given what libFuzzer makes of
its wire form. It must give a value or refuse in words of ours; anything else ends the run with the
bytes that did it. The run is guided by which branches of our own code were taken.
"""

import importlib
import inspect
import pkgutil
import sys
import typing
from collections.abc import Callable
from typing import Annotated, Any

import typer
from google.protobuf.message import DecodeError, Message

from services.kernel.errors import ProductError

PACKAGE = "services.auth.requests"
LONGEST_BYTES = 4096
Parser = Callable[[Any], object]


def parsers() -> list[tuple[type[Message], Parser]]:
    """Find every function that parses a message, with the message's type."""
    package = importlib.import_module(PACKAGE)
    found: list[tuple[type[Message], Parser]] = []
    for module in pkgutil.iter_modules(package.__path__, f"{PACKAGE}."):
        for _, function in inspect.getmembers(
            importlib.import_module(module.name), inspect.isfunction
        ):
            kind = _message_of(function)
            if kind is not None and function.__module__ == module.name:
                found.append((kind, function))
    return found


def _message_of(function: Callable[..., object]) -> type[Message] | None:
    """Tell which message a function takes alone; None where it takes anything else."""
    names = [*inspect.signature(function).parameters]
    if len(names) != 1:
        return None
    kind = typing.get_type_hints(function).get(names[0])
    return kind if isinstance(kind, type) and issubclass(kind, Message) else None


def tried(kind: type[Message], parse: Parser, wire: bytes) -> bool:
    """Parse bytes; False where they are no message, or one that is refused."""
    try:
        parse(kind.FromString(wire))
    except (DecodeError, ProductError):
        return False
    return True


def main(
    seconds: Annotated[int, typer.Option(help="How long to look.")] = 30,
    seed: Annotated[int, typer.Option(help="Where chance begins.")] = 1,
) -> None:
    """Look for requests that break their parser."""
    try:
        atheris: Any = importlib.import_module("atheris")
    except ImportError:
        typer.echo("atheris is not installed here (it has wheels for Linux on x86-64): skipped.")
        return
    with atheris.instrument_imports(include=["services.auth"]):
        targets = parsers()
    typer.echo(f"{len(targets)} parsers, {seconds} s.")

    def one(data: bytes) -> None:
        if data:
            kind, parse = targets[data[0] % len(targets)]
            tried(kind, parse, data[1:])

    bounds = [f"-max_total_time={seconds}", f"-max_len={LONGEST_BYTES}", f"-seed={seed}"]
    atheris.Setup([sys.argv[0], *bounds, "-print_final_stats=1", "-verbosity=0"], one)
    atheris.Fuzz()


if __name__ == "__main__":
    typer.run(main)
