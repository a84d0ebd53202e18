"""What of a site is collected, as the truth sees it: said once in JQL, and once without."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from services.sync.domain.selection import Selection
from twin.history import Issue
from twin.issue_wire import issue_bean
from twin.site import Site
from twin.truth import categories_of, truth_of

Raw = Mapping[str, Any]
Test = Callable[[Raw, Mapping[str, str]], bool]
_ASKED: Final = frozenset({"project", "issuetype", "status"})


def selection(scope: str, keys: Sequence[str]) -> Selection:
    """Say what is collected as somebody who connects the site does."""
    if scope == "projects":
        return Selection(projects=tuple(keys))
    return Selection(jql=scope)


def in_scope(scope: str, keys: Sequence[str]) -> Test:
    """Tell of raw issues whether they are collected, by what each says of itself."""
    return _tests(keys)[scope]


def scopes_of(site: Site, issue: Issue, keys: Sequence[str]) -> frozenset[str]:
    """Tell in which scopes an issue is as it is now."""
    raw = issue_bean(site.wire, issue, wanted=_ASKED.__contains__)
    categories = categories_of(site.world)
    return frozenset(scope for scope, test in _tests(keys).items() if test(raw, categories))


def _tests(keys: Sequence[str]) -> dict[str, Test]:
    return {
        "": lambda issue, _: True,
        "projects": lambda issue, _: issue["fields"]["project"]["key"] in keys,
        "issuetype != Bug": lambda issue, _: issue["fields"]["issuetype"]["name"] != "Bug",
        "statusCategory != Done": lambda issue, categories: (
            categories[issue["fields"]["status"]["id"]] != "done"
        ),
    }


def truth_in_scope(
    site: Site, scope: str, keys: Sequence[str], *, hidden: bool = False
) -> dict[str, Any]:
    """Give what the site holds of what is collected; what may not be seen only with `hidden`."""
    truth = truth_of(site, hidden=hidden)
    collected = in_scope(scope, keys)
    issues = [issue for issue in truth.issues if collected(issue, truth.categories)]
    return {**truth.as_json(), "issues": issues}
