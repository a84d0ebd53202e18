"""`jira-analytics`: the product from a terminal."""

import os


def main() -> None:
    """Run the command line."""
    # gRPC's own log would stand beside the sentence that says the same to a person.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    from client.commands.app import cli  # noqa: PLC0415 - gRPC reads that when it is imported

    cli()


if __name__ == "__main__":
    main()
