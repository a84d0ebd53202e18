"""What lay after the moment happens again, now, and leads to what the data ends with."""

from random import Random

import pytest

from twin.clock import Clock, Past
from twin.editing import Edit, apply
from twin.history import as_of
from twin.making import make_world
from twin.playing import Play, Played
from twin.records import Happening, Kind
from twin.shifting import parse_instant
from twin.world import World

THEN = "2012-04-01"
DAY_MS = 86_400_000
SPEED = 86_400.0  # a day a second
NOW_MS = 1_900_000_000_000


@pytest.fixture
def world() -> World:
    return make_world(now_is=parse_instant(THEN))


def test_all_of_it_played_leads_to_what_the_data_ends_with(world: World) -> None:
    past = Past(NOW_MS)
    play = Play(world, Clock(source=past), SPEED)
    told: list[Happening] = []
    world.listeners.append(told.append)
    past.at_ms += 100_000_000
    assert play.play_due() == len(play.events) > 3_000
    final = make_world()
    assert set(world.records) == set(final.records)
    assert not world.later
    for issue in final.issues():
        own = world.issue(issue.id)
        assert own.key == issue.key
        assert [entry.id for entry in own.entries] == [entry.id for entry in issue.entries]
        for name in ("status", "assignee", "issuetype", "resolution", "labels", "fixVersions"):
            ours, theirs = own.fields.get(name), issue.fields.get(name)
            assert _ids(ours) == _ids(theirs), (issue.key, name)
    created = [one for one in told if one.kind is Kind.CREATED]
    assert len({one.issue.id for one in created}) == len(created)
    assert len(created) > 100


def _ids(value: object) -> object:
    if isinstance(value, dict):
        return value.get("id") or value.get("name")
    return [_ids(one) for one in value] if isinstance(value, list) else value


def test_an_event_happens_when_it_is_due_and_at_the_instant_it_is_played(world: World) -> None:
    past = Past(NOW_MS)
    play = Play(world, Clock(source=past), SPEED)
    before = {record.id: record.updated_ms for record in world.records.values()}
    assert max(before.values()) < NOW_MS
    assert play.play_due() == 0
    past.at_ms += 7_000  # a week
    week = parse_instant(THEN).timestamp() * 1000 + 7 * DAY_MS
    assert play.play_due() == sum(at_ms <= week for at_ms, _ in play.events)
    touched = {record.id for record in world.records.values() if record.updated_ms >= NOW_MS}
    assert touched == {issue_id for at_ms, issue_id in play.events if at_ms <= week}
    for issue_id in touched:
        issue = world.issue(issue_id)
        instants = [entry.created_ms for entry in issue.entries]
        assert instants == sorted(instants)
        assert issue.updated_ms >= max([*instants, 0])
        assert issue.updated_ms <= past.at_ms, "nothing lies in the future"
        if issue_id in before:
            assert issue.updated_ms > before[issue_id]
    untouched = set(before) - touched
    assert {one: world.records[one].updated_ms for one in untouched} == {
        one: before[one] for one in untouched
    }


@pytest.mark.parametrize("seed", [1, 2])
def test_what_is_shown_is_always_the_history_up_to_then(world: World, seed: int) -> None:
    """However it goes on, is paused, and goes on faster: each issue is as it was at that instant.

    What it gained it gained now, in the order in which it happened.
    """
    rng, past = Random(seed), Past(NOW_MS)
    play, real = Play(world, Clock(source=past), 0.0), list(make_world().issues())
    for _ in range(6):
        play.go_on_at(rng.choice([0.0, SPEED, 50 * SPEED]))
        past.at_ms += rng.randrange(3_000)
        play.play_due()
        then_ms = play.then_ms()
        for issue in real:
            then = as_of(issue, then_ms, issue_types=world.catalogue.issue_types)
            assert (issue.id in world.records) == (then is not None)
            if then is None:
                continue
            shown = world.issue(issue.id)
            assert [one.id for one in shown.entries] == [one.id for one in then.entries]
            status = then.fields["status"]["id"]
            assert (shown.key, shown.fields["status"]["id"]) == (then.key, status)
            instants = [one.created_ms for one in shown.entries]
            assert instants == sorted(instants)
            assert max([shown.created_ms, shown.updated_ms, *instants]) <= past.at_ms


def test_paused_it_stands_still_and_goes_on_where_it_was(world: World) -> None:
    past = Past(NOW_MS)
    play = Play(world, Clock(source=past), SPEED)
    past.at_ms += 7_000
    play.play_due()
    before = (play.played, play.then_ms())
    play.go_on_at(0.0)
    past.at_ms += 1_000_000
    assert (play.play_due(), play.played, play.then_ms()) == (0, *before)
    play.go_on_at(2 * SPEED)
    past.at_ms += 1_000
    play.play_due()
    assert play.then_ms() == before[1] + 2 * DAY_MS
    assert play.played == sum(at_ms <= play.then_ms() for at_ms, _ in play.events)


def test_each_event_is_told_once_in_a_few_words(world: World) -> None:
    past, told = Past(NOW_MS), list[Played]()
    play = Play(world, Clock(source=past), SPEED, told.append)
    past.at_ms += 60_000
    play.play_due()
    assert [one.number for one in told] == list(range(1, play.played + 1))
    assert play.counted == {
        kind: sum(one.kind is kind for one in told)
        for kind in (Kind.CREATED, Kind.UPDATED, Kind.COMMENTED)
    }
    assert {"filed", "commented", "Open → Resolved"} <= {one.said for one in told}
    assert not [one.said for one in told if "@" in one.said or len(one.said) > 60]


def test_an_issue_that_somebody_edited_is_left_to_them(world: World) -> None:
    past = Past(NOW_MS)
    play = Play(world, Clock(source=past), SPEED)
    issue_id = next(id_ for _, id_ in play.events if id_ in world.records)
    apply(world, issue_id, Edit(assignee="somebody"), now_ms=NOW_MS)
    edited = world.issue(issue_id)
    past.at_ms += 100_000
    play.play_due()
    assert world.issue(issue_id).entries == edited.entries


def test_a_world_without_a_moment_has_nothing_to_play() -> None:
    with pytest.raises(ValueError, match="nothing to come"):
        Play(make_world(), Clock(), 1.0)
