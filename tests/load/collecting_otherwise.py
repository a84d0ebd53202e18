"""Other ways to read a site, each in a process of its own: what a sync is measured beside.

`python -m tests.load.collecting_otherwise bare|library SITE MONGO` reads every issue of the twin
once and prints {"issues", "entries", "cpu_seconds", "seconds"}: without its start and its imports.
"""

import json
import sys
import time
import urllib.request
from base64 import b64encode
from typing import Any, Final

from jira import JIRA
from pymongo import MongoClient, ReplaceOne

from services.sync.domain.translate import FIELDS
from twin.site import ACCEPTED_TOKEN

EMAIL: Final = "ann@example.com"
EVERYTHING: Final = "created >= 0 ORDER BY created ASC, key ASC"
PAGE: Final = 100
CALL_SECONDS: Final = 60
Json = dict[str, Any]
Counted = tuple[int, int]


class Asked:
    """A site, asked by the standard library alone."""

    def __init__(self, site: str) -> None:
        signed = b64encode(f"{EMAIL}:{ACCEPTED_TOKEN}".encode()).decode()
        self._site = site
        self._headers = {"Authorization": f"Basic {signed}", "Content-Type": "application/json"}

    def post(self, path: str, body: Json) -> Json:
        """Ask for something."""
        request = urllib.request.Request(  # noqa: S310 - the twin's loopback address
            self._site + path, json.dumps(body).encode(), self._headers
        )
        with urllib.request.urlopen(request, timeout=CALL_SECONDS) as answer:  # noqa: S310
            found: Json = json.loads(answer.read())
        return found


def bare(site: str, mongo_url: str) -> Counted:
    """Parse the pages that a sync reads and write each with one bulk write: nothing else."""
    asked, entries = Asked(site), 0
    client: MongoClient[Json] = MongoClient(mongo_url)
    stored = client["bare"]["issues"]
    stored.drop()
    swept = asked.post(
        "/rest/api/3/search/jql", {"jql": EVERYTHING, "maxResults": 5000, "fields": ["id"]}
    )
    ids = [row["id"] for row in swept["issues"]]
    for at in range(0, len(ids), PAGE):
        named = {"issueIdsOrKeys": ids[at : at + PAGE]}
        issues = asked.post("/rest/api/3/issue/bulkfetch", {**named, "fields": list(FIELDS)})
        logs = asked.post("/rest/api/3/changelog/bulkfetch", {**named, "maxResults": 10_000})
        rows = {log["issueId"]: log["changeHistories"] for log in logs["issueChangeLogs"]}
        entries += sum(map(len, rows.values()))
        stored.bulk_write(
            [
                ReplaceOne(
                    {"_id": issue["id"]}, {**issue, "rows": rows.get(issue["id"])}, upsert=True
                )
                for issue in issues["issues"]
            ],
            ordered=False,
        )
    client.close()
    return len(ids), entries


def library(site: str, _mongo_url: str) -> Counted:
    """Let the library `jira` read issues with their changelogs as its users do; store nothing."""
    told: dict[str, Any] = {"server": site, "rest_api_version": "3"}
    jira = JIRA(options=told, basic_auth=(EMAIL, ACCEPTED_TOKEN))
    found = jira.enhanced_search_issues(
        EVERYTHING, maxResults=0, fields=list(FIELDS), expand="changelog"
    )
    return len(found), sum(len(issue.changelog.histories) for issue in found)


def main() -> None:
    """Read in one way and print what it took."""
    way, site, mongo_url = sys.argv[1:]
    began, began_cpu = time.perf_counter(), time.process_time()
    issues, entries = {"bare": bare, "library": library}[way](site, mongo_url)
    print(
        json.dumps(
            {
                "issues": issues,
                "entries": entries,
                "cpu_seconds": time.process_time() - began_cpu,
                "seconds": time.perf_counter() - began,
            }
        )
    )


if __name__ == "__main__":
    main()
