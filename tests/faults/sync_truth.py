"""What a site holds, read by no code of the service, and whether just that is stored."""

from collections.abc import Iterator
from typing import Any

from services.kernel.documents import ISSUES, Document
from services.sync.store.connections import Connection
from tests.faults.sync_parts import Place
from twin.world import World

# What of Jira the product calls in a sync (PROTOCOLS.md).
CALLED = {
    ("GET", "/rest/api/3/serverInfo"),
    ("GET", "/rest/api/3/myself"),
    ("GET", "/rest/api/3/status"),
    ("GET", "/rest/api/3/user/bulk"),
    ("GET", "/rest/api/3/field"),
    ("GET", "/rest/agile/1.0/board"),
    ("GET", "/rest/agile/1.0/board/{boardId}/configuration"),
    ("POST", "/rest/api/3/search/jql"),
    ("POST", "/rest/api/3/search/approximate-count"),
    ("POST", "/rest/api/3/jql/match"),
    ("GET", "/rest/api/3/issue/{idOrKey}/changelog"),
    ("POST", "/rest/api/3/issue/bulkfetch"),
    ("POST", "/rest/api/3/changelog/bulkfetch"),
}


def truth(world: World) -> dict[str, dict[str, Any]]:
    """Say of every issue what must be stored, read from the site and by no code of the service."""
    return {
        issue.id: {
            "key": issue.key,
            "updated": issue.updated_ms,
            "status_id": issue.fields["status"]["id"],
            "changes": list(_status_changes(issue.entries)),
        }
        for issue in world.issues()
    }


def _status_changes(entries: Any) -> Iterator[tuple[int, int, str, str]]:
    for entry in entries:
        for item in entry.items:
            if item["field"] == "status":
                yield entry.created_ms, int(entry.id), item["from"], item["to"]


def kept(document: Document) -> dict[str, Any]:
    """Say what is stored of an issue, in the words of `truth`."""
    changes = document["changes"]
    rows = zip(
        changes["at"],
        changes["history"],
        changes["from"],
        changes["to"],
        changes["field"],
        strict=True,
    )
    return {
        "key": document["key"],
        "updated": document["updated"],
        "status_id": document["status_id"],
        "changes": [row[:4] for row in rows if row[4] == "status"],
    }


async def assert_all_stored(there: Place, connection: Connection) -> None:
    """Every issue of the site is stored, none twice, with every status change; nothing else."""
    documents = await there.stored(connection)
    expected = truth(there.twin.world)
    assert {issue_id: kept(document) for issue_id, document in documents.items()} == expected
    count = {"connection_id": connection.connection_id}
    assert await there.database[ISSUES].count_documents(count) == len(expected)
    state = await there.state(connection)
    assert state["issue_count"] == state["expected_issue_count"] == len(expected)
    report = there.twin.site.calls
    assert report.outside == []
    assert {(method, path) for method, path, _ in report.counted} <= CALLED
