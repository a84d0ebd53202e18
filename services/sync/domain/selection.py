"""What of a site is collected, as somebody asked for it: projects, a restriction in JQL, or all."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final

from services.kernel.errors import InvalidField

# Jira's own rule for project keys, with room for sites that relaxed it.
PROJECT_KEY: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,254}")
MOST_PROJECTS: Final = 200
LONGEST_JQL: Final = 2000
# A text in quotes, in which a backslash keeps the next character from ending it.
QUOTED: Final = re.compile(r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'""")
ORDER: Final = re.compile(r"\border\s+by\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Selection:
    """Keys of projects, none for all; and a restriction beside them, "" for none."""

    projects: tuple[str, ...] = ()
    jql: str = ""

    @property
    def clause(self) -> str:
        """Say in JQL what is collected; "" where everything is that the account sees."""
        quoted = ", ".join(f'"{key}"' for key in self.projects)
        projects = [f"project in ({quoted})"] if self.projects else []
        return " AND ".join([*projects, *([f"({self.jql})"] if self.jql else [])])

    def without(self, hidden: Collection[str]) -> "Selection | None":
        """Leave out projects that the site does not show; None where nothing is left of it."""
        shown = tuple(key for key in self.projects if key not in hidden)
        if self.projects and not shown:
            return None
        return replace(self, projects=shown)


def checked_projects(keys: Sequence[str], field: str) -> tuple[str, ...]:
    """Take project keys that may stand in JQL; InvalidField names the one that may not."""
    if len(keys) > MOST_PROJECTS:
        raise InvalidField(field, f"name {MOST_PROJECTS} projects or fewer")
    for index, key in enumerate(keys):
        if not PROJECT_KEY.fullmatch(key):
            raise InvalidField(f"{field}[{index}]", "a project key is letters, digits and _")
    return tuple(sorted({key.upper() for key in keys}))


def checked_jql(text: str, field: str) -> str:
    """Take a restriction that stays within the parentheses it is put into; InvalidField if not.

    Whether it means anything the site is asked.
    """
    jql = text.strip()
    if len(jql) > LONGEST_JQL or not jql.isprintable():
        raise InvalidField(field, f"write {LONGEST_JQL} printable characters or fewer")
    bare = QUOTED.sub(" ", jql)
    if '"' in bare or "'" in bare:
        raise InvalidField(field, "a quotation mark is not closed")
    if "\\" in bare:
        # Jira takes what follows it for a part of a word, also a quotation mark: we would not.
        raise InvalidField(field, "a backslash stands outside of quotation marks: quote the text")
    if not _balanced(bare):
        raise InvalidField(field, "a parenthesis is not closed, or closes nothing")
    if ORDER.search(bare):
        raise InvalidField(field, "leave ORDER BY out: what is collected has no order")
    return jql


def _balanced(bare: str) -> bool:
    depth = 0
    for character in bare:
        depth += (character == "(") - (character == ")")
        if depth < 0:
            return False
    return depth == 0
