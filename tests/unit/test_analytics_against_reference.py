"""Any issues, any question: the figures are those of the slow reference."""

from dataclasses import asdict
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.analytics.columns import facts_of
from services.analytics.domain.bottlenecks import bottlenecks_of
from services.analytics.domain.facts import joined
from services.analytics.domain.items import items_of
from services.analytics.domain.question import Question
from services.analytics.domain.snapshot import empty, refreshed
from services.analytics.domain.summary import summary_of
from services.analytics.domain.workload import workload_of
from tests.reference.metrics import figures
from tests.unit.analytics_histories import CATEGORIES, STAGES, WORKFLOW
from tests.unit.analytics_worlds import document, questions, raw_issues

CATEGORY_KEYS = {status_id: category.value for status_id, category in CATEGORIES.items()}


def by_reference(raws: list[dict[str, Any]], question: Question) -> dict[str, Any]:
    return figures(
        raws,
        CATEGORY_KEYS,
        start=question.period.start,
        end=question.period.end,
        time_zone=question.time_zone,
        as_of=question.as_of,
        projects=question.projects,
        issue_types=question.issue_types,
    )


# Copies of a few issues make up the ten items and twenty exits that figures want.
@settings(max_examples=100, deadline=None)
@given(st.lists(raw_issues(), min_size=1, max_size=6), st.integers(1, 12), questions())
def test_figures_equal_the_reference(
    kinds: list[dict[str, Any]], copies: int, question: Question
) -> None:
    """Summary, bottlenecks in their order, and workload."""
    raws = [
        {**kind, "id": str(number * 100 + copy)}
        for number, kind in enumerate(kinds)
        for copy in range(copies)
    ]
    facts = joined([facts_of([document(raw, 1) for raw in raws])])
    snapshot = refreshed(empty(STAGES), facts)
    expected = by_reference(raws, question)

    summary = summary_of(snapshot, question, WORKFLOW)
    assert asdict(summary.current) == expected["executive_summary"]["figures"]
    assert asdict(summary.previous) == expected["executive_summary"]["figures_before"]

    stages = bottlenecks_of(items_of(snapshot, question), question.period, WORKFLOW)
    found = [asdict(stage) for stage in stages]
    for row in found:
        row["queue_growth"] = row["arrivals"] - row["departures"]
        del row["status"]
    assert found == expected["bottlenecks"]

    workload = workload_of(snapshot, question)
    people = {one.account_id: {"wip": one.wip, "age_sum": one.age} for one in workload.people}
    assert list(people.items()) == list(expected["workload"]["people"].items())
    assert workload.unassigned_count == expected["workload"]["unassigned_count"]
