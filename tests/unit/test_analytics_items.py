"""What is known at an instant, of which issues; told by hand-made histories."""

from typing import Any

import pytest

from services.analytics.columns import facts_of
from services.analytics.domain.bottlenecks import Stage, bottlenecks_of
from services.analytics.domain.facts import joined
from services.analytics.domain.items import items_of
from services.analytics.domain.question import Question, Report
from services.analytics.domain.snapshot import Snapshot, empty, refreshed
from services.analytics.domain.summary import Figures, summary_of
from services.analytics.domain.workload import Person, workload_of
from services.kernel.documents import document_of_issue
from services.kernel.ids import ConnectionId, TenantScope, WorkspaceId
from services.kernel.issue import Issue, Tracked
from services.kernel.period import Period
from tests.unit.analytics_histories import STAGES, WORKFLOW, change, issue, move

SCOPE = TenantScope(WorkspaceId("wsp_1"), ConnectionId("con_1"))


def snapshot(*issues: Issue) -> Snapshot:
    documents = [{**document_of_issue(one, SCOPE), "seq": 1} for one in issues]
    return refreshed(empty(STAGES), joined([facts_of(documents)]))


def question(start: int, end: int, as_of: int = 10**6, **filters: Any) -> Question:
    return Question(
        report=Report.EXECUTIVE_SUMMARY,
        connection="",
        period=Period(start, end),
        as_of=as_of,
        time_zone="UTC",
        projects=tuple(filters.get("projects", ())),
        issue_types=tuple(filters.get("issue_types", ())),
        digest="",
    )


def figures(asked: Question, *issues: Issue) -> Figures:
    return summary_of(snapshot(*issues), asked, WORKFLOW).current


@pytest.mark.parametrize(("as_of", "created"), [(9, 0), (10, 1), (49, 1), (50, 0), (51, 0)])
def test_a_deleted_issue_was_there(as_of: int, created: int) -> None:
    """Present from its creation until it was seen deleted, absent as known since."""
    one = issue(created=10, deleted=50)
    assert figures(question(0, 100, as_of), one).created == created


@pytest.mark.parametrize(("created", "counted"), [(99, 0), (100, 1), (199, 1), (200, 0)])
def test_a_window_is_half_open(created: int, counted: int) -> None:
    """Its first instant is in it, the first after it is not."""
    assert figures(question(100, 200), issue(created=created)).created == counted


@pytest.mark.parametrize(
    ("as_of", "throughput", "wip"), [(19, 0, 1), (20, 1, 1), (29, 1, 0), (30, 0, 1), (40, 1, 1)]
)
def test_done_as_known_then(as_of: int, throughput: int, wip: int) -> None:
    """Done at 20, reopened at 30, done again at 40: each is what it was then."""
    one = issue(move(10, "1", "3"), move(20, "3", "5"), move(30, "5", "3"), move(40, "3", "5"))
    found = figures(question(0, 100, as_of), one)
    assert (found.throughput, found.wip) == (throughput, wip)


def test_started_before_and_done_not_before() -> None:
    """WIP(t): started_at < t and t <= done_at."""
    one = issue(move(10, "1", "3"), move(20, "3", "5"))
    wips = [figures(question(0, end), one).wip for end in (10, 11, 20, 21)]
    assert wips == [0, 1, 1, 0]


def test_an_item_that_jumped_to_done_has_no_cycle_time() -> None:
    """It counts in throughput and lead time; the cycle time says how many of how many have one."""
    jumped = [issue(move(20, "1", "5"), issue_id=str(number)) for number in range(10)]
    worked = [
        issue(move(10, "1", "3"), move(20, "3", "5"), issue_id=str(number))
        for number in range(20, 31)
    ]
    found = figures(question(0, 100), *jumped, *worked)
    assert (found.cycle_time.count, found.cycle_time.eligible_count) == (11, 21)
    assert (found.lead_time.count, found.throughput) == (21, 21)
    assert (found.cycle_time.p50, found.lead_time.p50) == (10, 20)


@pytest.mark.parametrize("kind", [{"subtask": True}, {"hierarchy_level": 1}])
def test_sub_tasks_and_epics_are_left_out(kind: dict[str, Any]) -> None:
    """By their present type."""
    assert figures(question(0, 100), issue(created=10, **kind)).created == 0


def test_projects_and_types_as_of_then() -> None:
    """A moved issue was in its old project before it moved; so was one of another type."""
    one = issue(
        change(50, Tracked.KEY, None, None, from_name="OLD-1", to_name="AB-1"),
        change(50, Tracked.ISSUE_TYPE, "1", "7", item_index=1, from_name="Task", to_name="Bug"),
        created=10,
    )
    for as_of, project, kind in ((49, "OLD", "Task"), (50, "AB", "Bug")):
        for asked, counted in ((project, 1), ("ZZ", 0)):
            filters = {"projects": [asked], "issue_types": [kind]}
            assert figures(question(0, 100, as_of, **filters), one).created == counted


def test_who_held_it_at_the_windows_end() -> None:
    """Whose it was then, and the name that they had then."""
    one = issue(
        move(10, "1", "3"),
        change(20, Tracked.ASSIGNEE, "a", "b"),
        change(30, Tracked.ASSIGNEE, "b", None),
    )
    world = snapshot(one)
    assert workload_of(world, question(0, 15)).people == (Person("a", "Sa", 1, 5),)
    assert workload_of(world, question(0, 25)).people == (Person("b", "Sb", 1, 15),)
    assert workload_of(world, question(0, 35)).people == ()
    assert workload_of(world, question(0, 35)).unassigned_count == 1


def test_people_in_order() -> None:
    """Most items first, then the greatest age, then account id."""
    held = [("c", 10), ("b", 10), ("a", 20), ("d", 30), ("d", 30)]
    world = snapshot(
        *(
            issue(move(at, "1", "3"), issue_id=str(number), assignee_id=who, assignee_name=who)
            for number, (who, at) in enumerate(held)
        )
    )
    found = workload_of(world, question(0, 100)).people
    assert [person.account_id for person in found] == ["d", "b", "c", "a"]


def stages(asked: Question, *issues: Issue) -> dict[str, Stage]:
    items = items_of(snapshot(*issues), asked)
    return {stage.status_id: stage for stage in bottlenecks_of(items, asked.period, WORKFLOW)}


def test_a_bottleneck_by_hand() -> None:
    """Twenty items: nineteen ten long in 3, one of 1,000 in 3; all then 5 in 4."""
    long = [10] * 19 + [1000]
    issues = [
        issue(
            move(100, "1", "3"),
            move(100 + length, "3", "4"),
            move(105 + length, "4", "5"),
            issue_id=str(number),
        )
        for number, length in enumerate(long)
    ]
    found = stages(question(0, 5000), *issues)
    three = found["3"]
    assert (three.arrivals, three.departures, three.open_count) == (20, 20, 0)
    assert (three.time.p50, three.time.p95, three.time.mean) == (10, 10, 59)
    assert three.cycle_time_share == (19 * 10 + 1000) / (19 * 15 + 1005)
    assert three.median_cycle_time_gain == 0
    assert list(found) == ["1", "3", "4"], "ties follow departures, then status ids"


def test_a_gain_by_hand() -> None:
    """Half wait 10 in 3 and half 100: capped at the median of 10, the median item saves 90."""
    issues = [
        issue(move(100, "1", "3"), move(100 + length, "3", "5"), issue_id=str(number))
        for number, length in enumerate([10] * 10 + [100] * 11)
    ]
    other = issue(move(50, "1", "3"), move(55, "3", "4"), issue_id="99")
    found = stages(question(0, 5000), *issues, other)
    assert found["3"].time.p50 == 10
    assert found["3"].median_cycle_time_gain == 90


def test_below_twenty_exits_or_ten_cycle_times_there_is_no_gain() -> None:
    """Nineteen exits are too few; so are nine cycle times."""
    nineteen = [
        issue(move(100, "1", "3"), move(110, "3", "5"), issue_id=str(number))
        for number in range(19)
    ]
    assert stages(question(0, 5000), *nineteen)["3"].median_cycle_time_gain is None
    unfinished = [
        issue(move(100, "1", "3"), move(110, "3", "4"), issue_id=str(number))
        for number in range(20, 40)
    ]
    found = stages(question(0, 5000), *nineteen[:9], *unfinished)["3"]
    assert (found.departures, found.median_cycle_time_gain) == (29, None)


def test_older_than_p85() -> None:
    """Of the items in a status, those whose visit is longer than its own p85 in the window."""
    left = [
        issue(move(100, "1", "3"), move(110, "3", "5"), issue_id=str(number))
        for number in range(10)
    ]
    still = [issue(move(at, "1", "3"), issue_id=f"9{at}") for at in (100, 189, 190, 195)]
    three = stages(question(0, 150, 200), *left, *still)["3"]
    assert (three.open_count, three.older_than_p85_count) == (4, 2)
    assert stages(question(0, 150, 200), *left[:9], *still)["3"].older_than_p85_count is None


def test_a_gap_is_no_arrival_and_no_departure() -> None:
    """An issue was in 4 only as far as its next change says: nothing came there or left."""
    found = stages(question(0, 100), issue(move(10, "1", "3"), move(20, "4", "5")))
    assert [(one.status_id, one.arrivals, one.departures) for one in found.values()] == [
        ("1", 1, 1),
        ("3", 1, 1),
    ]


def test_an_issue_seen_elsewhere_is_there() -> None:
    """It did not come there, as far as we know, but it is there."""
    one = issue(move(10, "1", "3"), status="4", updated=50)
    four = stages(question(0, 100, 100), one)["4"]
    assert (four.arrivals, four.departures, four.open_count) == (0, 0, 1)


def test_done_statuses_are_not_listed() -> None:
    """Nothing waits in done."""
    assert list(stages(question(0, 100), issue(move(10, "1", "5")))) == ["1"]


def test_a_status_the_site_no_longer_lists_is_named_by_the_histories() -> None:
    """Its latest name; its id where there is none."""
    one = issue(move(10, "1", "77", to_name="Limbo"), move(20, "77", "3", from_name="Limbo"))
    assert stages(question(0, 100), one)["77"].status == "Limbo"
