"""Rewrite the golden threads: python -m tests.golden. A reader reads the diff."""

from tests.golden.threads import FOLDER, threads


def main() -> None:
    """Write each thread to its file."""
    for name, text in threads().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
        print(FOLDER / name)


if __name__ == "__main__":
    main()
