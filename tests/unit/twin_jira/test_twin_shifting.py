"""A world is moved by whole days, once."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from twin.dataset import BUNDLED_ISSUES, DataError, read_issues
from twin.history import instant_ms
from twin.making import make_world
from twin.shifting import days_between, kept_days, parse_instant, shifted

THEN = parse_instant("2012-04-01")


def test_a_date_without_zone_is_midnight_utc_and_a_zone_is_kept() -> None:
    assert datetime(2012, 4, 1, tzinfo=UTC) == THEN
    assert parse_instant("2012-04-01T02:00+02:00") == THEN


@pytest.mark.parametrize(
    ("now", "days"),
    [
        ("2012-04-03T00:00:00+00:00", 2),
        ("2012-04-02T23:59:59.999+00:00", 1),
        ("2012-04-01T00:00:00+00:00", 0),
        ("2012-03-31T23:59:00+00:00", -1),
    ],
)
def test_the_move_is_the_floor_of_the_days_so_nothing_lies_in_the_future(
    now: str, days: int
) -> None:
    assert days_between(THEN, parse_instant(now)) == days


def test_a_moved_issue_keeps_hours_milliseconds_and_offsets() -> None:
    issue = next(
        issue for _line, issue in read_issues(BUNDLED_ISSUES) if "-0600" in issue.fields["created"]
    )
    moved = shifted(issue, 10)
    was, now = issue.fields["created"], moved.fields["created"]
    assert now[10:] == was[10:]
    assert instant_ms(now) - instant_ms(was) == 10 * 86_400_000
    for before, after in zip(issue.entries, moved.entries, strict=True):
        assert after.created_ms - before.created_ms == 10 * 86_400_000
        assert instant_ms(after.created) == after.created_ms


def test_nothing_in_the_bundled_world_of_2012_04_01_lies_in_the_future() -> None:
    world = make_world(now_is=THEN)
    now_ms = datetime.now(UTC).timestamp() * 1000
    latest = 0.0
    for issue in world.issues():
        comments = issue.fields["comment"]["comments"]
        instants = [
            issue.created_ms,
            issue.updated_ms,
            *(entry.created_ms for entry in issue.entries),
            *(instant_ms(comment["updated"]) for comment in comments),
        ]
        latest = max(latest, *instants)
        assert issue.updated_ms == world.records[issue.id].updated_ms
        assert issue.created_ms == world.records[issue.id].created_ms
    assert now_ms - 3 * 86_400_000 < latest <= now_ms, "then is today, or a weekend ago"


def test_the_bundled_world_of_2012_04_01_knows_ninety_one_finished_in_the_quarter_before() -> None:
    """METRICS.md's figure, without sub-tasks and epics: those in done, entered in 91 days."""
    world = make_world(now_is=THEN)
    end_ms = THEN.timestamp() * 1000 + world.moment.days * 86_400_000
    category = {
        id_: status["statusCategory"]["key"] for id_, status in world.catalogue.statuses.items()
    }
    finished = 0
    for issue in world.issues():
        kind, done_at = issue.fields["issuetype"], 0
        for entry in issue.entries:
            for item in entry.items:
                if item["field"] == "status" and category[item["from"]] != "done":
                    done_at = entry.created_ms if category[item["to"]] == "done" else 0
        in_flow = not kind["subtask"] and kind["name"] != "Epic"
        is_done = category[issue.fields["status"]["id"]] == "done"
        finished += in_flow and is_done and end_ms - 90 * 86_400_000 <= done_at < end_ms
    assert finished == 91


def test_the_move_is_computed_once_and_read_back_later(tmp_path: Path) -> None:
    file = tmp_path / "state" / "shift.json"
    first = kept_days(file, then=THEN, now=THEN + timedelta(days=5))
    assert kept_days(file, then=THEN, now=THEN + timedelta(days=9)) == first == 5


def test_a_shift_kept_for_another_instant_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "shift.json"
    kept_days(file, then=THEN, now=THEN)
    with pytest.raises(DataError, match=r"keeps the shift for --now-is 2012-04-01"):
        kept_days(file, then=THEN + timedelta(days=1), now=THEN)


def test_a_file_that_holds_no_shift_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "shift.json"
    file.write_text("[]")
    with pytest.raises(DataError, match="does not hold a shift"):
        kept_days(file, then=THEN, now=THEN)
