"""The files a world is made from: issues as gzipped JSON lines, statuses as one JSON list."""

import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path

from twin.history import Issue, JsonObject, read

BUNDLED_ISSUES = Path(__file__).parent / "data" / "issues-with-changelog.jsonl.gz"
BUNDLED_STATUSES = Path(__file__).parent / "data" / "statuses.json"


class DataError(Exception):
    """A file the twin was given cannot be used; the text says which, where and why."""


def read_issues(file: Path) -> Iterator[tuple[bytes, Issue]]:
    """Yield each line of a `.jsonl.gz` with the issue it holds; DataError when one is not good."""
    number = 0
    try:
        with gzip.open(file) as lines:
            for number, line in enumerate(lines, start=1):  # noqa: B007 - the handler names it
                if line.strip():
                    yield line, read(line)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{file} cannot be read as gzip: {error}") from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise DataError(
            f"{file}, line {number}: not an issue with its changelog ({error!r})"
        ) from error


def read_statuses(file: Path) -> list[JsonObject]:
    """Read statuses in the shape of Jira's `GET /status`; DataError when they are not."""
    try:
        statuses = json.loads(file.read_bytes())
        if not all(status["id"] and status["name"] for status in statuses):
            raise DataError(f"{file}: a status without id or name")
        _ = [status["statusCategory"]["key"] for status in statuses]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise DataError(f"{file} is not a list of Jira statuses: {error!r}") from error
    return list(statuses)
