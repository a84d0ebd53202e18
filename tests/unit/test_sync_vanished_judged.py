"""How much of what vanished is believed to be deleted, and what is counted then."""

import pytest

from services.kernel.ids import IssueId
from services.sync.domain.completeness import ProjectCount
from services.sync.domain.vanishing import Census, Missing, counted, judged
from tests.contract.run_store import NOW


def missing(count: int, project: str = "100", **values: bool) -> list[Missing]:
    return [Missing(IssueId(f"{project}-{number}"), project, **values) for number in range(count)]


def stored_in(counts: dict[str, int]) -> dict[str, ProjectCount]:
    return {project: ProjectCount(project, "AB", count) for project, count in counts.items()}


@pytest.mark.parametrize(
    ("gone", "stored", "held"),
    [
        (0, 1000, False),
        (20, 30, False),  # people do delete some
        (21, 1000, False),  # no more than one in twenty
        (50, 1000, False),
        (51, 1000, True),
        (30, 30, True),  # all of a project
        (5, 5, True),
        (4, 4, False),  # of a small one, one by one
    ],
)
def test_how_much_is_believed_of_a_project(gone: int, stored: int, *, held: bool) -> None:
    shown = {"100", "200"} if gone < stored else {"200"}
    projects = stored_in({"100": stored, "200": 10_000})
    verdict = judged(missing(gone), projects, believes=False, shown=shown)
    assert (len(verdict.deleted), dict(verdict.held)) == (
        (0, {"100": gone}) if held else (gone, {})
    )


@pytest.mark.parametrize(
    ("projects", "gone", "stored", "others", "held"),
    [
        (250, 4, 4, 0, True),  # all of every small project
        (250, 4, 4, 100_000, True),  # also beside a large one that is shown
        (2, 3, 3, 100_000, True),
        (2, 2, 2, 100_000, False),  # fewer than five in all
        (1, 1, 1, 0, True),  # all there was
        (250, 20, 30, 0, True),  # a part of each
        (21, 1, 10, 0, True),
        (20, 1, 10, 0, False),
        (21, 1, 10, 210, False),  # no more than one in twenty
    ],
)
def test_how_much_is_believed_over_all(
    projects: int, gone: int, stored: int, others: int, *, held: bool
) -> None:
    """A permission may be lost to many small projects at once, or to some issues of each."""
    names = [str(number) for number in range(projects)]
    there = stored_in({**dict.fromkeys(names, stored), "others": others})
    shown = {*(names if gone < stored else ()), *(["others"] if others else ())}
    all_gone = [one for name in names for one in missing(gone, name)]
    verdict = judged(all_gone, there, believes=False, shown=shown)
    assert (len(verdict.deleted), sum(verdict.held.values())) == (
        (0, len(all_gone)) if held else (len(all_gone), 0)
    )
    believed = judged(all_gone, there, believes=True, shown=shown)
    assert (len(believed.deleted), dict(believed.held)) == (len(all_gone), {})


def test_projects_are_judged_one_by_one() -> None:
    """One project that is lost holds up no other's deletions."""
    gone = missing(100) + missing(3, "200")
    stored = stored_in({"100": 100, "200": 300})
    verdict = judged(gone, stored, believes=False, shown={"200"})
    assert set(verdict.deleted) == {one.issue_id for one in gone[100:]}
    assert dict(verdict.held) == {"100": 100}


def test_what_moved_out_of_scope_was_seen_to_move() -> None:
    """It is there, and collected no more: no permission was lost."""
    verdict = judged(missing(100, left_scope=True), stored_in({"100": 100}), believes=False)
    assert (len(verdict.deleted), dict(verdict.held)) == (100, {})


def test_who_believes_it_has_all_of_it_deleted() -> None:
    verdict = judged(missing(100), stored_in({"100": 100}), believes=True)
    assert (len(verdict.deleted), dict(verdict.held)) == (100, {})


def test_rows_of_what_is_marked_as_deleted_count_no_more() -> None:
    """Those of what is held do."""
    gone = [Missing(IssueId("1"), "100", changelog_entries=7)]
    gone += [Missing(IssueId(str(one)), "200", changelog_entries=2) for one in range(2, 8)]
    stored = {
        "100": ProjectCount("100", "AB", 3, changelog_entries=20),
        "200": ProjectCount("200", "CD", 6, changelog_entries=12),
    }
    census = Census(gone, stored)
    verdict = judged(gone, stored, believes=False, shown={"100"})
    shown = [
        (one.issues, one.changelog_entries, one.held) for one in counted(census, gone, verdict, NOW)
    ]
    assert shown == [(2, 13, 0), (6, 12, 6)]
