"""What is stored of a site, held against the site's own truth, change by change."""

from collections.abc import Iterable, Iterator
from typing import Any

from tests.faults.sync_product import Document, Product
from tests.faults.sync_truth import CALLED
from twin.world import World

# (issue id, changelog row, item in the row, from, to) of one change of status.
StatusChange = tuple[str, int, int, str, str]


def true_changes(world: World) -> Iterator[StatusChange]:
    """Yield every change of status that a site knows of."""
    for issue in world.issues():
        for entry in issue.entries:
            for index, item in enumerate(entry.items):
                if item["field"] == "status":
                    yield issue.id, int(entry.id), index, item["from"], item["to"]


def stored_changes(documents: Iterable[Document]) -> Iterator[StatusChange]:
    """Yield every change of status that is stored; one that is stored twice comes twice."""
    for document in documents:
        packed: dict[str, Any] = document["changes"]
        columns = (packed[name] for name in ("field", "history", "item", "from", "to"))
        for kind, *change in zip(*columns, strict=True):
            if kind == "status":
                yield document["issue_id"], *change


async def assert_complete(there: Product, connection_id: str) -> None:
    """Every issue is stored once, every change of status once; only documented calls were made."""
    world = there.twin.world
    documents = await there.issues(connection_id)
    present = {issue.id: issue.updated_ms for issue in world.issues()}
    assert sorted(document["issue_id"] for document in documents) == sorted(present)
    assert {document["issue_id"]: document["updated"] for document in documents} == present
    assert sorted(stored_changes(documents)) == sorted(true_changes(world))
    state = await there.document("connection_states", connection_id)
    assert state["issue_count"] == state["expected_issue_count"] == len(present)
    assert there.calls.outside == []
    assert {(method, path) for method, path, _ in there.calls.counted} <= CALLED
