"""The bundled issues as a snapshot, by the way that a sync and a first load take them."""

import functools
import json

from services.analytics.columns import facts_of
from services.analytics.domain import facts, snapshot
from services.analytics.domain.snapshot import Snapshot
from services.kernel.documents import Document, document_of_issue
from services.kernel.ids import ConnectionId, TenantScope, WorkspaceId
from services.kernel.workflow import Workflow
from services.sync.domain import translate
from tests.reference.data import data_folder, load_issues

SCOPE = TenantScope(WorkspaceId("wsp_golden"), ConnectionId("con_golden"))


@functools.cache
def workflow() -> Workflow:
    """Read the bundled statuses."""
    folder = data_folder()
    assert folder is not None, "the bundled issues are missing"
    rows = json.loads((folder / "statuses.json").read_text(encoding="utf-8"))
    return Workflow(statuses=translate.statuses(rows))


@functools.cache
def documents() -> list[Document]:
    """Make the documents that a sync of the bundled issues writes."""
    folder = data_folder()
    assert folder is not None, "the bundled issues are missing"
    return [_document(raw, seq) for seq, raw in enumerate(load_issues(folder), start=1)]


def _document(raw: dict[str, object], seq: int) -> Document:
    """Translate an issue; the file names persons by key, as Jira Server does."""
    fields = raw["fields"]
    assert isinstance(fields, dict)
    if fields["assignee"]:
        fields["assignee"]["accountId"] = fields["assignee"]["key"]
    changelog = raw["changelog"]
    assert isinstance(changelog, dict)
    issue = translate.issue(raw, changelog["histories"])
    return {**document_of_issue(issue, SCOPE), "seq": seq}


def stages() -> dict[str, int]:
    """Give the default mapping of the bundled statuses."""
    return {status: workflow().stage_of(status) for status in workflow().statuses}


@functools.cache
def bundled() -> Snapshot:
    """Build the snapshot of all bundled issues."""
    loaded = facts.joined([facts_of(documents())])
    return snapshot.refreshed(snapshot.empty(stages()), loaded)
