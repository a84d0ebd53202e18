"""Answers read as their author meant them: nothing invented, nothing hidden."""

from datetime import timedelta

import pytest

from client.show.bottlenecks import show_bottlenecks
from client.show.frame import framed
from client.show.summary import coverage, show_summary
from client.show.workload import show_workload
from jira_analytics.analytics.v1.analytics_pb2 import (
    Bottlenecks,
    ExecutiveSummary,
    Person,
    Workload,
)
from jira_analytics.sync.v1.connection_pb2 import Connection
from tests.unit.client_examples import (
    bottlenecks,
    lasting,
    lengths,
    provenance,
    shown,
    stage,
    summary,
    workload,
)


def _lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines()]


def test_the_summary_names_its_window_and_the_one_before() -> None:
    lines = _lines(shown(show_summary(summary(), width=80)))
    assert "Executive summary 2 Jan 2026 to 1 Apr 2026 (90 days)" in lines
    assert "in UTC, seen from 1 Apr 2026 12:00" in lines
    assert "before: 4 Oct 2025 to 1 Jan 2026 (90 days)" in lines


def test_each_figure_stands_beside_the_one_before_with_its_change() -> None:
    text = shown(show_summary(summary(), width=80))
    found = {line.strip().partition("  ")[0]: line.replace("█", "") for line in text.splitlines()}
    assert found["Items created"].split()[2:7] == ["132", "45", "▲", "193", "%"]
    assert found["Items finished"].split()[2:7] == ["91", "25", "▲", "264", "%"]
    assert "24      24  = the same" in found["In progress at the end"]


def test_each_percentile_stands_beside_the_one_before_with_its_change() -> None:
    text = shown(show_summary(summary(), width=80))
    [line, *_] = [line for line in _lines(text) if line.startswith("p50")]
    assert line == "p50 █▎ 2.0 d ▼ 50 % from 4.0 d"


def test_percentiles_are_bars_on_one_scale() -> None:
    text = shown(show_summary(summary(), width=80))
    bars = [line.count("█") for line in text.splitlines() if line.strip().startswith("p")][:3]
    assert bars[0] < bars[1] < bars[2] == 22


def test_withheld_percentiles_are_a_dash_with_the_reason() -> None:
    lines = _lines(shown(show_summary(summary(), width=80)))
    assert "p50, p85, p95 - (4 items, fewer than 10)" in lines
    assert "nothing to compare with: 4 items, fewer than 10 in the window before" in lines


def test_a_small_sample_is_said_to_be_one() -> None:
    assert "small sample, 25 items: read with care" in shown(show_summary(summary(), width=80))


def test_the_top_bottleneck_is_said_in_words() -> None:
    text = " ".join(shown(show_summary(summary(), width=80)).split())
    assert (
        "Top bottleneck In Progress takes 43 % of the cycle time; with no visit above its own "
        "median, the median cycle time would be 1.8 d shorter" in text
    )


def test_an_absent_bottleneck_is_said_to_be_absent() -> None:
    without = summary()
    without.ClearField("top_bottleneck")
    assert "Top bottleneck  - (no status had twenty exits" in shown(show_summary(without, width=80))


def test_an_empty_window_is_shown_as_empty() -> None:
    empty = ExecutiveSummary(provenance=provenance())
    lines = _lines(shown(show_summary(empty, width=80)))
    assert "Items finished - - -" in lines
    assert lines.count("p50, p85, p95 - (no items)") == 3


@pytest.mark.parametrize(
    ("count", "finished", "said"),
    [
        (
            25,
            89,
            (
                "25 of 89 finished items have a cycle time; the other 64 never were in a status of "
                "category “in progress”"
            ),
        ),
        (
            1,
            2,
            (
                "1 of 2 finished items has a cycle time; the other 1 never was in a status of "
                "category “in progress”"
            ),
        ),
        (
            0,
            1,
            (
                "the 1 finished item has no cycle time; it never was in a status of category "
                "“in progress”"
            ),
        ),
        (
            0,
            7,
            (
                "the 7 finished items have no cycle time; they never were in a status of category "
                "“in progress”"
            ),
        ),
        (1200, 1200, "all 1,200 finished items have a cycle time"),
        (0, 0, ""),
    ],
)
def test_the_coverage_of_the_cycle_time_is_said_in_words(
    count: int, finished: int, said: str
) -> None:
    assert coverage(lengths(count, eligible=finished)) == said


@pytest.mark.parametrize("width", [80, 100, 140])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    for part in (
        show_summary(summary(), width=width),
        show_bottlenecks(bottlenecks(), width=width),
        show_workload(workload(), width=width),
    ):
        assert max(len(line) for line in shown(part, width=width).splitlines()) <= width


def test_a_status_has_all_its_figures_in_eighty_columns() -> None:
    [line] = [
        line
        for line in _lines(shown(show_bottlenecks(bottlenecks(), width=80)))
        if line.startswith("In Progress 1,027")
    ]
    assert line == "In Progress 1,027 1,021 14 13 6 h 3.5 d ██████ 43 % 1.8 d"


def test_figures_a_status_does_not_have_are_dashes_that_are_explained() -> None:
    lines = _lines(shown(show_bottlenecks(bottlenecks(), width=100)))
    assert "Waiting 3 0 3 - - - - -" in lines
    assert "-: fewer than 10 visits ended, or fewer than 20 exits for a gain" in lines


def test_a_small_sample_of_visits_is_marked() -> None:
    few = stage()
    few.time.CopyFrom(lengths(12, 1, 2))
    text = shown(show_bottlenecks(Bottlenecks(provenance=provenance(), stages=[few]), width=80))
    assert "1.0 d*" in text
    assert "*: small sample, fewer than 30 visits, read with care" in text


def test_no_status_at_all_is_said() -> None:
    text = shown(show_bottlenecks(Bottlenecks(provenance=provenance()), width=80))
    assert "no item was in a status that is not done" in text


def test_workload_is_a_bar_a_person_with_ages_in_days() -> None:
    lines = _lines(shown(show_workload(workload(), width=80)))
    assert f"Ada {'█' * 20} 3 30.0 d 10.0 d" in lines
    assert any(line.startswith("2 ██████▋ 1 0.5 d 0.5 d") for line in lines)
    assert any(line.startswith("nobody ██████▋ 1 - -") for line in lines)
    assert "4 of 5 items in progress are somebody's" in lines


def test_no_work_in_progress_is_said() -> None:
    text = shown(show_workload(Workload(provenance=provenance(), unassigned_count=0), width=80))
    assert "no item was in progress at the end of the window" in text


def test_a_name_is_neither_markup_nor_an_instruction_to_the_terminal() -> None:
    person = Person(display_name="[red]Ada\x1b[2J", wip=1, age=lasting(timedelta(1)))
    text = shown(show_workload(Workload(provenance=provenance(), people=[person]), width=80))
    assert "[red]Ada�[2J" in text


def test_how_complete_the_data_is_stands_under_every_answer() -> None:
    assert "Complete to 11:59:00 UTC, 1,520 of 1,520 issues stored" in shown(
        framed("Any", provenance())
    )


def test_a_first_sync_that_runs_is_not_called_complete() -> None:
    text = shown(framed("Any", provenance(complete=False)))
    assert "Not complete yet: the first full sync has not ended, 1,520 issues stored" in text


def test_completeness_of_another_day_says_the_day() -> None:
    old = provenance()
    old.complete_until_time.FromDatetime(old.as_of_time.ToDatetime() - timedelta(days=3))
    assert "Complete to 29 Mar 2026, 12:00:00 UTC" in shown(framed("Any", old))


def test_a_refused_credential_is_said_with_the_way_out() -> None:
    refused = provenance()
    refused.connection_state = Connection.NEEDS_CREDENTIALS
    text = " ".join(shown(framed("Any", refused)).split())
    assert "Nothing newer will come: the site refuses the connection's credential" in text
    assert "jira-analytics reconnect" in text
