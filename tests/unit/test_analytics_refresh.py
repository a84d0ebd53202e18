"""A snapshot refreshed change by change equals one built at once, whatever changed."""

import random
from collections.abc import Sequence
from typing import Any
from unittest.mock import patch

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from services.analytics.columns import facts_of
from services.analytics.domain import snapshot as snapshots
from services.analytics.domain.facts import Facts, joined
from services.analytics.domain.question import Question
from services.analytics.domain.snapshot import Snapshot, empty, refreshed, remapped
from services.analytics.reports import body_of
from services.kernel.documents import Document, document_of_issue
from services.kernel.ids import ConnectionId, TenantScope, WorkspaceId
from services.kernel.issue import Issue
from services.kernel.workflow import DONE_STAGE
from tests.unit.analytics_histories import STAGES, WORKFLOW, issue, move
from tests.unit.analytics_worlds import document, instants, questions, raw_issues

# A page: issues, each with when it was deleted, if it was.
pages = st.lists(
    st.lists(st.tuples(raw_issues(), st.one_of(st.none(), instants)), max_size=5), max_size=6
)


def canonical(snapshot: Snapshot) -> list[Any]:
    """Tell all that a snapshot holds, but not where."""
    live = pl.concat([snapshot.live, pl.repeat(True, snapshot.overlay.issues.height, eager=True)])
    issues = snapshot.issues.with_row_index("issue").filter(live)
    told = [issues.drop("issue", "first_visit").sort("issue_id").rows()]
    for frame in (snapshot.visits, snapshot.earlier_runs, snapshot.spans):
        found = frame.with_row_index("place").join(issues.select("issue", "issue_id"), on="issue")
        told.append(found.sort("issue_id", "place").drop("issue", "place").rows())
    return told


def written(pages_of_issues: Sequence[Any]) -> list[list[Document]]:
    """Make the documents of each page as it is written; an issue comes once a page."""
    found = []
    for seq, page in enumerate(pages_of_issues, start=1):
        documents = {raw["id"]: document(raw, seq, deleted) for raw, deleted in page}
        found.append(list(documents.values()))
    return found


@settings(max_examples=60, deadline=None)
@given(pages, st.lists(questions(), min_size=3, max_size=3), st.integers(0, 6), st.randoms())
def test_refreshed_equals_rebuilt(
    pages_of_issues: Sequence[Any], asked: list[Question], overlay: int, chance: random.Random
) -> None:
    """Bit for bit: everything held, and every answer; pages in any order within a read."""
    documents = written(pages_of_issues)
    step_by_step = empty(STAGES)
    with patch.object(snapshots, "LEAST_OVERLAY", overlay):
        for page in documents:
            step_by_step = refreshed(step_by_step, joined([facts_of(page)]))
    batches = [facts_of(page) for page in documents]
    chance.shuffle(batches)
    at_once = refreshed(empty(STAGES), joined(batches))
    assert canonical(step_by_step) == canonical(at_once)
    for question in asked:
        assert body_of(step_by_step, question, WORKFLOW) == body_of(at_once, question, WORKFLOW)


@settings(max_examples=30, deadline=None)
@given(pages)
def test_remapped_equals_rebuilt(pages_of_issues: Sequence[Any]) -> None:
    """Seen through another mapping it is as if built with that mapping."""
    facts = joined([facts_of(page) for page in written(pages_of_issues)])
    other = {**STAGES, "3": 0, "4": DONE_STAGE}
    assert canonical(remapped(refreshed(empty(STAGES), facts), other)) == canonical(
        refreshed(empty(other), facts)
    )


def test_a_changed_issue_counts_once() -> None:
    """Of an issue in the base and in the overlay, only the changed one is live."""
    scope = TenantScope(WorkspaceId("wsp_1"), ConnectionId("con_1"))

    def facts(*issues: Issue) -> Facts:
        return joined([facts_of([{**document_of_issue(one, scope), "seq": 1} for one in issues])])

    with patch.object(snapshots, "LEAST_OVERLAY", 1):
        first = refreshed(empty(STAGES), facts(*(issue(issue_id=str(n)) for n in range(20))))
        changed = refreshed(first, facts(issue(move(5, "1", "3"), issue_id="7")))
    assert (changed.base.issues.height, changed.overlay.issues.height) == (20, 1)
    counted = changed.issues.filter("counted")
    assert counted.height == 20
    assert counted.filter(pl.col("issue_id") == "7")["started_at"].to_list() == [5]
