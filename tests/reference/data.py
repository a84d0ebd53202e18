"""The 1,520 real issues, and the categories of their statuses, as the reference reads them."""

import gzip
import json
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parents[2]
_ISSUES = "issues-with-changelog.jsonl.gz"
_STATUSES = "statuses.json"


def data_folder() -> Path | None:
    """Find the folder of the issues: the project's own copy, else the one beside the project."""
    for issues in sorted((_ROOT / "twin" / "data").rglob(_ISSUES)):
        return issues.parent
    beside = _ROOT.parent / "shared" / "data" / "jira"
    return beside if (beside / _ISSUES).exists() else None


def load_issues(folder: Path) -> list[dict[str, Any]]:
    """Read the issues as Jira gives them, with the hierarchy level that Jira Cloud adds to a type.

    The file has the older shape, in which an issue type has no ``hierarchyLevel``; Jira Cloud says
    1 of an epic, -1 of a sub-task and 0 of the rest.
    """
    issues = []
    with gzip.open(folder / _ISSUES, "rt", encoding="utf-8") as lines:
        for line in lines:
            issue = json.loads(line)
            kind = issue["fields"]["issuetype"]
            if "hierarchyLevel" not in kind:
                kind["hierarchyLevel"] = cloud_hierarchy_level(kind)
            issues.append(issue)
    return issues


def cloud_hierarchy_level(kind: dict[str, Any]) -> int:
    """Give the level of an issue type on Jira Cloud: sub-task -1, epic 1, anything else 0."""
    if kind["subtask"]:
        return -1
    return 1 if kind["name"] == "Epic" else 0


def load_categories(folder: Path) -> dict[str, str]:
    """Read the category key (new, indeterminate, done) of each status id."""
    categories = {}
    for status in json.loads((folder / _STATUSES).read_text(encoding="utf-8")):
        categories[status["id"]] = status["statusCategory"]["key"]
    return categories
