"""Whether the history that is stored is all of it: a sample of each project, held against the site.

No sweep tells of a changelog row that one bulk answer left out: the issue looks known.
"""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services.kernel.ids import Instant, IssueId

DIGEST_MILLISECONDS: Final = 7 * 24 * 3600 * 1000
# The census that it is a part of comes up to a tenth of a day early.
EARLY_MILLISECONDS: Final = 12 * 3600 * 1000
SAMPLED: Final = 10
# Of a project in whose sample something differed so many issues more are looked at.
LOOKED_AT_MORE: Final = 90
MOST_PROJECTS: Final = 500


@dataclass(frozen=True, slots=True)
class History:
    """A stored issue with the number of its changelog's rows that were read."""

    issue_id: IssueId
    project_id: str
    entries: int


@dataclass(frozen=True, slots=True)
class Checked:
    """What a digest found of a project.

    `entries` are the rows that the site says `issues` of it have; `differing` are the issues of
    which still fewer are stored; `estimate` is how many issues the site guesses the project has.
    """

    project_id: str
    issues: int = 0
    entries: int = 0
    differing: int = 0
    estimate: int | None = None


@dataclass(frozen=True, slots=True)
class Digest:
    """What was checked, and when that was done."""

    at: Instant
    projects: Sequence[Checked] = ()


def is_due(digested: Instant | None, now: Instant) -> bool:
    """Tell whether a week has passed since the last one, or will have by the next census."""
    return digested is None or now - digested >= DIGEST_MILLISECONDS - EARLY_MILLISECONDS


def drawn(stored: Sequence[History], seed: str) -> Mapping[str, Sequence[History]]:
    """Draw issues of each project in an order that the seed says; other projects with each seed."""
    by_project: dict[str, list[History]] = defaultdict(list)
    for one in stored:
        by_project[one.project_id].append(one)
    projects = sorted(by_project, key=lambda project_id: _lot(seed, project_id))[:MOST_PROJECTS]
    most = SAMPLED + LOOKED_AT_MORE
    return {
        project_id: sorted(by_project[project_id], key=lambda one: _lot(seed, one.issue_id))[:most]
        for project_id in projects
    }


def _lot(seed: str, name: str) -> bytes:
    return hashlib.blake2b(f"{seed}/{name}".encode(), digest_size=8).digest()
