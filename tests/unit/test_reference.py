"""The slow reference counts what the definitions say, on cases small enough to count by hand."""

from typing import Any

import pytest

from tests.reference.attributes import assignee_at, issue_type_at, project_at
from tests.reference.bottlenecks import bottlenecks
from tests.reference.made import CATEGORIES, LATER, an_issue, an_item
from tests.reference.metrics import figures, measures, select
from tests.reference.periods import window_before
from tests.reference.statistics_of_times import percentile, time_statistics
from tests.reference.timeline import Timeline, Visit, instant, timeline_of
from tests.reference.windows import instant_of

HOUR = 3_600_000


def told(issue: Any, as_of: int = LATER) -> Timeline:
    timeline = timeline_of(issue, CATEGORIES, as_of)
    assert timeline is not None
    return timeline


def stage(issues: list[Any], status: str, start: int = 0, end: int = LATER) -> dict[str, Any]:
    rows = bottlenecks(
        [told(issue) for issue in issues], CATEGORIES, start=start, end=end, as_of=LATER
    )
    (row,) = [row for row in rows if row["status_id"] == status]
    return row


def test_a_straight_run_is_three_half_open_visits() -> None:
    timeline = told(an_issue((10, "1", "3"), (30, "3", "5")))
    assert timeline.visits == (
        Visit("1", 0, 10, synthetic=False),
        Visit("3", 10, 30, synthetic=False),
        Visit("5", 30, None, synthetic=False),
    )
    assert (timeline.started_at, timeline.done_at, timeline.flags) == (10, 30, frozenset())


def test_a_reopened_issue_is_not_done_and_keeps_its_first_start() -> None:
    reopened = an_issue((10, "1", "3"), (30, "3", "5"), (40, "5", "1"))
    timeline = told(reopened)
    assert (timeline.started_at, timeline.done_at) == (10, None)
    assert (timeline.first_done_at, timeline.reopen_count) == (30, 1)
    assert told(reopened, as_of=39).done_at == 30, "the reopening is not known yet"
    assert told(reopened, as_of=40).done_at is None, "a change at as_of is known at as_of"


def test_done_again_counts_from_the_last_unbroken_run() -> None:
    timeline = told(an_issue((10, "1", "3"), (30, "3", "5"), (40, "5", "3"), (55, "3", "6")))
    assert (timeline.done_at, timeline.first_done_at, timeline.reopen_count) == (55, 30, 1)


def test_a_move_between_done_statuses_does_not_move_done_at() -> None:
    timeline = told(an_issue((10, "1", "3"), (30, "3", "5"), (40, "5", "6")))
    assert (timeline.done_at, timeline.reopen_count) == (30, 0)


def test_created_in_done_counts_in_throughput_and_lead_time_but_has_no_cycle_time() -> None:
    timeline = told(an_issue(created=5, status="5"))
    assert (timeline.started_at, timeline.done_at) == (5, 5)
    assert "no_start" in timeline.flags
    measured = measures([timeline], 0, 10, LATER)
    assert (measured["throughput"], measured["lead_time"]["count"]) == (1, 1)
    assert measured["cycle_time"]["count"] == 0
    assert measured["cycle_time"]["eligible_count"] == 1


def test_a_jump_to_done_has_no_cycle_time_and_is_never_in_progress() -> None:
    timeline = told(an_issue((10, "1", "5")))
    assert "no_start" in timeline.flags
    for at in (10, 11, 20):
        assert measures([timeline], 0, at, LATER)["wip"] == 0


def test_equal_instants_keep_the_order_of_history_id_then_item() -> None:
    issue = an_issue((10, "1", "3"), (10, "3", "4"))
    issue["changelog"]["histories"][1]["items"].append(an_item("status", "4", "5"))
    issue["changelog"]["histories"].reverse()
    issue["fields"]["status"]["id"] = "5"
    timeline = told(issue)
    assert [visit.status for visit in timeline.visits] == ["1", "3", "4", "5"]
    assert [visit.enter for visit in timeline.visits] == [0, 10, 10, 10]
    assert timeline.flags == {"no_start"}, "ids 9 and 10 sort as numbers: no gap"
    assert stage([issue], "3")["departures"] == 1, "a real visit of no length is a visit"


def test_a_gap_inserts_a_visit_of_no_length_that_counts_for_nothing() -> None:
    issue = an_issue((10, "1", "3"), (30, "4", "5"))
    timeline = told(issue)
    assert timeline.visits[2] == Visit("4", 30, 30, synthetic=True)
    assert timeline.flags == {"history_gap"}
    assert stage([issue], "3")["departures"] == 1
    rows = bottlenecks([timeline], CATEGORIES, start=0, end=LATER, as_of=LATER)
    assert "4" not in [row["status_id"] for row in rows]


def test_a_last_status_that_is_not_the_issues_own_moves_it_at_updated() -> None:
    issue = an_issue((10, "1", "3"), status="5", updated=80)
    timeline = told(issue)
    assert timeline.visits[-1] == Visit("5", 80, None, synthetic=True)
    assert (timeline.done_at, timeline.flags) == (80, frozenset({"history_gap"}))
    assert told(issue, as_of=79).done_at is None


def test_missing_ids_and_unknown_statuses_are_flagged_and_count_as_indeterminate() -> None:
    issue = an_issue((10, "1", "77"), (30, "77", "5"))
    issue["changelog"]["histories"][1]["items"][0]["from"] = None
    timeline = told(issue)
    assert timeline.flags == {"status_unknown", "id_missing"}
    assert timeline.started_at == 10


def test_an_issue_is_not_there_before_its_creation() -> None:
    assert timeline_of(an_issue(created=50), CATEGORIES, 49) is None
    assert told(an_issue(created=50), as_of=50).created == 50


def test_instants_are_read_with_their_offset_and_to_the_millisecond() -> None:
    assert instant("1970-01-01T00:00:00.007+0000") == 7
    assert instant("1969-12-31T18:00:01.000-0600") == 1000
    assert instant(1759080993142) == 1759080993142


def test_ends_of_the_window_are_half_open_for_every_count() -> None:
    timeline = told(an_issue((20, "1", "3"), (30, "3", "5"), created=10))
    assert measures([timeline], 10, 30, LATER)["created"] == 1
    assert measures([timeline], 11, 30, LATER)["created"] == 0
    assert measures([timeline], 0, 10, LATER)["created"] == 0
    assert measures([timeline], 30, 31, LATER)["throughput"] == 1
    assert measures([timeline], 0, 30, LATER)["throughput"] == 0


@pytest.mark.parametrize(("at", "wip"), [(20, 0), (21, 1), (30, 1), (31, 0)])
def test_wip_holds_items_started_before_and_not_done_before(at: int, wip: int) -> None:
    timeline = told(an_issue((20, "1", "3"), (30, "3", "5")))
    assert measures([timeline], 0, at, LATER)["wip"] == wip


def test_ages_are_as_of_the_periods_end_or_as_of_if_that_is_earlier() -> None:
    issues = [an_issue((20 + number, "1", "3")) for number in range(10)]
    timelines = [told(issue) for issue in issues]
    assert measures(timelines, 0, 100, LATER)["work_item_age"]["mean"] == 75
    assert measures(timelines, 0, 100, 60)["work_item_age"]["mean"] == 35


def test_percentiles_are_nearest_rank_and_means_are_floored() -> None:
    values = list(range(1, 21))
    assert [percentile(values, percent) for percent in (50, 85, 95)] == [10, 17, 19]
    assert percentile([7], 50) == 7
    stats = time_statistics([*range(1, 10), 11], eligible_count=12)
    assert (stats["p50"], stats["p85"], stats["p95"], stats["mean"]) == (5, 9, 11, 5)


@pytest.mark.parametrize(("n", "shown", "small"), [(9, False, True), (10, True, True)])
def test_below_ten_values_only_the_counts_are_shown(n: int, shown: bool, small: bool) -> None:
    stats = time_statistics([1] * n, eligible_count=50)
    assert (stats["count"], stats["eligible_count"], stats["small_sample"]) == (n, 50, small)
    assert [stats[name] is not None for name in ("p50", "p85", "p95", "mean")] == [shown] * 4


def test_thirty_values_are_no_small_sample() -> None:
    assert time_statistics([1] * 29, eligible_count=29)["small_sample"]
    assert not time_statistics([1] * 30, eligible_count=30)["small_sample"]


def test_the_window_before_is_shifted_by_local_days_across_a_change_of_the_clocks() -> None:
    zone = "America/New_York"
    start, end = instant_of("2012-03-11", zone), instant_of("2012-03-12", zone)
    assert end - start == 23 * HOUR
    assert window_before(start, end, zone) == (instant_of("2012-03-10", zone), start)
    assert window_before(start, end, "UTC") == (start - 23 * HOUR, start)
    off = instant_of("2012-03-12T00:00:01", zone)
    assert window_before(start, off, zone) == (start - 23 * HOUR - 1000, start)


def test_attributes_hold_from_their_change_on() -> None:
    issue = an_issue(assignee={"accountId": "zoe"})
    issue["changelog"]["histories"] = [
        {"id": "1", "created": 10, "items": [an_item("assignee", None, "ann")]},
        {"id": "2", "created": 20, "items": [an_item("assignee", "bob", "zoe")]},
        {"id": "3", "created": 30, "items": [an_item("issuetype", "1", "2")]},
        {"id": "4", "created": 40, "items": [an_item("Key", None, None)]},
    ]
    issue["changelog"]["histories"][3]["items"][0].update(fromString="OLD-7", toString="AB-1")
    assert [assignee_at(issue, at) for at in (9, 10, 19, 20)] == [None, "ann", "ann", "zoe"]
    assert [issue_type_at(issue, at) for at in (29, 30)] == ["S1", "S2"]
    assert [project_at(issue, at) for at in (39, 40)] == ["OLD", "AB"]
    assert len(select([issue], CATEGORIES, as_of=39, projects=["OLD"])) == 1
    assert not select([issue], CATEGORIES, as_of=40, projects=["OLD"])


@pytest.mark.parametrize(
    ("subtask", "level", "stays"), [(True, -1, 0), (False, 1, 0), (False, 0, 1)]
)
def test_sub_tasks_and_epics_are_left_out(subtask: bool, level: int, stays: int) -> None:
    kind = {"name": "X", "subtask": subtask, "hierarchyLevel": level}
    assert len(select([an_issue(issuetype=kind)], CATEGORIES, as_of=LATER)) == stays


def test_workload_is_wip_by_the_person_who_held_it_at_the_periods_end() -> None:
    mine = an_issue((10, "1", "3"), assignee={"accountId": "ann"})
    nobodys = an_issue((15, "1", "3"))
    finished = an_issue((10, "1", "3"), (30, "3", "5"), assignee={"accountId": "ann"})
    answer = figures(
        [mine, nobodys, finished, mine], CATEGORIES, start=0, end=40, time_zone="UTC", as_of=LATER
    )
    people = {"ann": {"wip": 2, "age_sum": 60}}
    assert answer["workload"] == {"at": 40, "people": people, "unassigned_count": 1}
