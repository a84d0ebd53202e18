"""The service's figures equal those of the slow reference, in all ten windows."""

import functools
from dataclasses import asdict
from typing import Any

import pytest

from services.analytics.domain.bottlenecks import Stage, bottlenecks_of
from services.analytics.domain.items import items_of
from services.analytics.domain.question import Question, Report
from services.analytics.domain.summary import summary_of
from services.analytics.domain.workload import workload_of
from services.kernel.period import Period
from tests.golden.bundled import bundled, workflow
from tests.reference.data import data_folder, load_categories, load_issues
from tests.reference.metrics import figures_of
from tests.reference.windows import WINDOWS, Window


@functools.cache
def reference(window: Window) -> dict[str, Any]:
    folder = data_folder()
    assert folder is not None
    return figures_of(load_issues(folder), load_categories(folder), window)


def question(window: Window) -> Question:
    return Question(
        report=Report.EXECUTIVE_SUMMARY,
        connection="",
        period=Period(window.start, window.end),
        as_of=window.as_of,
        time_zone=window.time_zone,
        projects=window.projects,
        issue_types=window.issue_types,
        digest="",
    )


every_window = pytest.mark.parametrize("window", WINDOWS, ids=lambda window: window.name)


@every_window
def test_summary(window: Window) -> None:
    """Created, throughput, cycle and lead time, WIP and age: of the window and the one before."""
    found = summary_of(bundled(), question(window), workflow())
    expected = reference(window)["executive_summary"]
    assert asdict(found.current) == expected["figures"]
    assert asdict(found.previous) == expected["figures_before"]
    top = found.top_bottleneck
    assert (top.status_id if top else None) == expected["top_bottleneck_status_id"]


@every_window
def test_bottlenecks(window: Window) -> None:
    """Every status's figures, and their order."""
    found = bottlenecks_of(
        items_of(bundled(), question(window)), Period(window.start, window.end), workflow()
    )
    assert [as_reference(stage) for stage in found] == reference(window)["bottlenecks"]


def as_reference(stage: Stage) -> dict[str, Any]:
    row = asdict(stage)
    del row["status"]
    return {**row, "queue_growth": stage.arrivals - stage.departures}


@every_window
def test_workload(window: Window) -> None:
    """Each person's items and the sum of their ages, in order, and the items of nobody."""
    found = workload_of(bundled(), question(window))
    expected = reference(window)["workload"]
    people = [(person.account_id, person.wip, person.age) for person in found.people]
    assert people == [
        (account, person["wip"], person["age_sum"])
        for account, person in expected["people"].items()
    ]
    assert found.unassigned_count == expected["unassigned_count"]
