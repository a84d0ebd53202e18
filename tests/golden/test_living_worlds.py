"""Over sites that people made and live on, the service's figures are those of the truth."""

from dataclasses import asdict
from typing import Any

import pytest

from services.analytics.columns import facts_of
from services.analytics.domain import facts, snapshot
from services.analytics.domain.bottlenecks import bottlenecks_of
from services.analytics.domain.items import items_of
from services.analytics.domain.question import Question, Report
from services.analytics.domain.snapshot import Snapshot
from services.analytics.domain.summary import summary_of
from services.analytics.domain.workload import workload_of
from services.kernel.documents import document_of_issue
from services.kernel.ids import ConnectionId, TenantScope, WorkspaceId
from services.kernel.period import Period
from services.kernel.workflow import Workflow
from services.sync.domain import translate
from tests.golden.test_ten_windows import as_reference
from tests.reference.truth import figures_of_truth
from twin.life.founding import Founding, found
from twin.site import Site
from twin.truth import truth_of

SCOPE = TenantScope(WorkspaceId("wsp_living"), ConnectionId("con_living"))
DAY_MS = 86_400_000
NOW_MS = 1_800_000_000_000
# first and last day before now, projects, issue types
WINDOWS: tuple[tuple[int, int, tuple[str, ...], tuple[str, ...]], ...] = (
    (30, 0, (), ()),
    (60, 30, ("ALPHA",), ()),
    (14, 7, ("BETA", "GAMMA"), ("Bug", "Story")),
)


def taken(truth: dict[str, Any], workflow: Workflow) -> Snapshot:
    """Take the truth as a sync and a first load do."""
    documents = [
        {
            **document_of_issue(translate.issue(raw, raw["changelog"]["histories"]), SCOPE),
            "seq": seq,
        }
        for seq, raw in enumerate(truth["issues"], start=1)
    ]
    stages = {status: workflow.stage_of(status) for status in workflow.statuses}
    return snapshot.refreshed(snapshot.empty(stages), facts.joined([facts_of(documents)]))


@pytest.mark.parametrize("seed", range(12))
def test_every_figure_of_a_living_site_is_the_one_of_the_truth(seed: int) -> None:
    site = Site(found(Founding(issues=120), seed=seed, now_ms=NOW_MS), origin="http://127.0.0.1")
    truth = truth_of(site).as_json()
    rows = [site.wire.status(status_id) for status_id in site.world.catalogue.statuses]
    workflow = Workflow(statuses=translate.statuses(rows))
    all_of_it = taken(truth, workflow)
    for first, last, projects, types in WINDOWS:
        period = Period(NOW_MS - first * DAY_MS, NOW_MS - last * DAY_MS)
        asked = Question(
            report=Report.EXECUTIVE_SUMMARY,
            connection="",
            period=period,
            as_of=NOW_MS,
            time_zone="UTC",
            projects=projects,
            issue_types=types,
            digest="",
        )
        expected = figures_of_truth(
            truth,
            start=period.start,
            end=period.end,
            as_of=NOW_MS,
            projects=projects,
            issue_types=types,
        )
        summary = summary_of(all_of_it, asked, workflow)
        assert asdict(summary.current) == expected["executive_summary"]["figures"]
        assert asdict(summary.previous) == expected["executive_summary"]["figures_before"]
        stages = bottlenecks_of(items_of(all_of_it, asked), period, workflow)
        assert [as_reference(stage) for stage in stages] == expected["bottlenecks"]
        people = workload_of(all_of_it, asked).people
        assert [(one.account_id, one.wip, one.age) for one in people] == [
            (account, one["wip"], one["age_sum"])
            for account, one in expected["workload"]["people"].items()
        ]
