"""Issue documents in any number, as sync would have stored them: three years of work.

Each issue has five visits (four moves), every other one changed hands once; 80 % are done.
"""

import random
from collections.abc import Iterator
from itertools import pairwise

from services.kernel.documents import Document, document_of_issue
from services.kernel.ids import ConnectionId, IssueId, TenantScope, WorkspaceId
from services.kernel.issue import Change, Issue, Tracked
from services.kernel.workflow import Category, Status, Workflow

SCOPE = TenantScope(WorkspaceId("wsp_load"), ConnectionId("con_load"))
DAY = 86_400_000
NOW = 1_773_532_800_000
YEARS = 3 * 365
STATUSES = (
    Status("1", "To Do", Category.NEW),
    Status("2", "In Progress", Category.INDETERMINATE),
    Status("3", "Review", Category.INDETERMINATE),
    Status("4", "Test", Category.INDETERMINATE),
    Status("5", "Done", Category.DONE),
)
WORKFLOW = Workflow(statuses={status.status_id: status for status in STATUSES})
STAGES = {status.status_id: status.category.stage for status in STATUSES}


def made_documents(count: int, *, first: int = 0, seq: int = 1) -> Iterator[Document]:
    """Make `count` documents with ids from `first` on; the same ids give the same histories."""
    for number in range(first, first + count):
        yield {**document_of_issue(made_issue(number), SCOPE), "seq": seq}


def made_issue(number: int) -> Issue:
    """Make one issue."""
    chance = random.Random(number)
    created = NOW - int(chance.random() * YEARS * DAY)
    path = "12325" if chance.random() < 0.8 else "12324"
    changes = _moves(number, path, created, chance)
    at = changes[-1].at
    person = f"account-{chance.randrange(500)}"
    if number % 2:
        names = (None, None, person, person.upper())
        changes.append(Change(at, number * 10 + 5, 0, Tracked.ASSIGNEE, *names))
    own = WORKFLOW.statuses[path[-1]]
    return Issue(
        issue_id=IssueId(str(10_000 + number)),
        key=f"P{number % 20}-{number}",
        project_id=str(number % 20),
        project_key=f"P{number % 20}",
        type_id="1",
        type_name=("Bug", "Story", "Task")[number % 3],
        subtask=number % 25 == 0,
        hierarchy_level=0,
        status_id=own.status_id,
        status_name=own.name,
        assignee_id=person,
        assignee_name=person.upper(),
        created=created,
        updated=at,
        resolved=None,
        changes=tuple(changes),
        history_count=len(changes),
    )


def _moves(number: int, path: str, created: int, chance: random.Random) -> list[Change]:
    """Move an issue along a path of statuses, three days each on average."""
    moves, at = [], created
    for step, (source, target) in enumerate(pairwise(path)):
        at += int(chance.expovariate(1 / (3 * DAY)))
        names = (source, WORKFLOW.statuses[source].name, target, WORKFLOW.statuses[target].name)
        moves.append(Change(at, number * 10 + step, 0, Tracked.STATUS, *names))
    return moves
