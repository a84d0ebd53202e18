"""How often a Jira Cloud site may be asked, and how much of that is ours (PROTOCOLS.md)."""

import re
from typing import Final

# Calls a second, of a site's every app and token together, by method.
_BY_METHOD: Final = {"GET": 100.0, "POST": 100.0}
_BY_CALL: Final = {
    ("GET", "/rest/api/3/issue/{id}"): 150.0,
    ("GET", "/rest/api/3/issue/{id}/changelog"): 200.0,
    ("POST", "/rest/api/3/search/approximate-count"): 150.0,
}
_OTHERWISE: Final = 50.0
# What else a company runs against its site needs the rest.
OUR_SHARE: Final = 0.5
_ID: Final = re.compile(r"(?<!/rest/api/)(?<=/)(?:\d+|[A-Z][A-Z0-9_]*-\d+)(?=/|$)")


def endpoint(method: str, path: str) -> str:
    """Name what a site counts a call as: its method and path, whatever it is that is asked for."""
    return f"{method} {_ID.sub('{id}', path.partition('?')[0])}"


def rate_of(named: str) -> float:
    """Give how many calls a second of an endpoint are ours where the site says nothing of it."""
    method, _, path = named.partition(" ")
    return OUR_SHARE * _BY_CALL.get((method, path), _BY_METHOD.get(method, _OTHERWISE))


def cost_of(answer: object) -> int:
    """Give the points of an answer: one, and one for each thing that was read."""
    if isinstance(answer, dict):
        return 1 + sum(len(member) for member in answer.values() if isinstance(member, list))
    return 1 + len(answer) if isinstance(answer, list) else 1
