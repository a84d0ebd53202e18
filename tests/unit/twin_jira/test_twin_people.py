"""People at work on a site: what they do is in its history, and a seed does it again."""

from collections import defaultdict
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from twin.agile import SprintState
from twin.clock import Clock, Past
from twin.custom_fields import Role
from twin.history import Issue
from twin.life.founding import Founding, found
from twin.life.people import UPKEEP, WEIGHTS, Life
from twin.world import World

DAY_MS = 86_400_000
NOW_MS = 1_800_000_000_000
SMALL = Founding(issues=80, projects=3)


def made(seed: int) -> World:
    return found(SMALL, seed=seed, now_ms=NOW_MS)


def lived(seed: int, steps: int) -> tuple[World, Life]:
    world = made(seed)
    life = Life.of(world, Clock(source=Past(NOW_MS)), seed=seed)
    life.live(steps)
    return world, life


def test_a_seed_makes_the_same_site_and_the_same_life_again() -> None:
    (one, _), (other, _) = lived(7, 300), lived(7, 300)
    assert list(one.issues()) == list(other.issues())
    assert one.catalogue == other.catalogue
    assert one.agile == other.agile
    assert list(lived(8, 300)[0].issues()) != list(one.issues())


def test_everything_that_people_do_happens() -> None:
    assert set(lived(1, 3_000)[1].done) == set(WEIGHTS)


def present(world: World, issue: Issue, name: str) -> str | None:
    """Say the present value of a field in the words of a changelog: the id, or the text."""
    fields, roles = issue.fields, world.catalogue.roles
    sprints = fields.get(roles[Role.SPRINT].id) or []
    points = fields.get(roles[_points(issue)].id)
    return {
        "status": fields["status"]["id"],
        "assignee": (fields["assignee"] or {}).get("name"),
        "resolution": (fields["resolution"] or {}).get("id"),
        "issuetype": fields["issuetype"]["id"],
        "priority": fields["priority"]["id"],
        "project": fields["project"]["id"],
        "Key": issue.key,
        roles[Role.SPRINT].id: ", ".join(str(sprint["id"]) for sprint in sprints),
        roles[_points(issue)].id: None if points is None else f"{points:g}",
        roles[Role.FLAGGED].id: "[10019]" if fields.get(roles[Role.FLAGGED].id) else "",
    }.get(name)


def _points(issue: Issue) -> Role:
    return Role.TEAM_POINTS if issue.fields["project"]["simplified"] else Role.POINTS


@pytest.mark.parametrize("seed", range(4))
def test_a_changelog_leads_without_a_gap_to_what_the_issue_is_now(seed: int) -> None:
    world, _ = lived(seed, 800)
    textual = {"Key", *(world.catalogue.roles[role].id for role in (Role.POINTS, Role.TEAM_POINTS))}
    seen: set[str] = set()
    for issue in world.issues():
        chains: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for entry in issue.entries:
            for item in entry.items:
                chains[item.get("fieldId") or item["field"]].append(item)
        for name, items in chains.items():
            before, after = ("fromString", "toString") if name in textual else ("from", "to")
            for one, following in pairwise(items):
                assert one[after] == following[before], (issue.key, name)
            now = present(world, issue, name)
            if now is not None:
                assert items[-1][after] == now, (issue.key, name)
                seen.add(name)
    assert {"status", "assignee", "Key", "project", "issuetype"} <= seen


@pytest.mark.parametrize("seed", range(4))
def test_an_edit_makes_updated_later_and_never_earlier_than_its_entry(seed: int) -> None:
    world, _ = lived(seed, 500)
    for issue in world.issues():
        instants = [entry.created_ms for entry in issue.entries]
        assert instants == sorted(set(instants)), "one edit, one instant"
        assert issue.created_ms <= issue.updated_ms
        if instants:
            assert issue.updated_ms >= instants[-1]
        assert world.records[issue.id].updated_ms == issue.updated_ms


@pytest.mark.parametrize("name", [name for name in UPKEEP if name.endswith("renamed")])
def test_another_name_for_a_thing_touches_no_issue(name: str) -> None:
    world = made(2)
    before = {issue.id: (issue.updated_ms, issue.entries) for issue in world.issues()}
    names = repr((world.catalogue.statuses, world.catalogue.names, world.agile))
    assert UPKEEP[name][1](world, Random(1), NOW_MS)
    assert names != repr((world.catalogue.statuses, world.catalogue.names, world.agile))
    assert before == {issue.id: (issue.updated_ms, issue.entries) for issue in world.issues()}


def test_a_completed_sprint_hands_on_what_is_not_done_and_says_so_in_changelogs() -> None:
    world = made(3)
    custom, sprints = world.catalogue.roles[Role.SPRINT], world.agile.sprints
    for board in range(9):
        UPKEEP["sprint_turned"][1](world, Random(board), NOW_MS)
    running = {id_ for id_, one in sprints.items() if one.state is SprintState.ACTIVE}
    inside = [
        issue
        for issue in world.issues()
        if any(one["id"] in running for one in issue.fields.get(custom.id) or [])
    ]
    for luck in range(20):
        UPKEEP["sprint_turned"][1](world, Random(luck), NOW_MS + luck * 15 * DAY_MS)
    assert {sprints[id_].state for id_ in running} == {SprintState.CLOSED}
    handed_on = 0
    for before in inside:
        issue = world.issue(before.id)
        if world.catalogue.category(issue.fields["status"]["id"]) == "done":
            assert issue.entries == before.entries
            continue
        assert sprints[issue.fields[custom.id][-1]["id"]].state is SprintState.ACTIVE
        assert issue.entries[-1].items[0]["fieldId"] == custom.id
        handed_on += 1
    assert handed_on


def test_a_moved_issue_takes_its_subtasks_along_and_is_found_by_each_key() -> None:
    world, life = lived(5, 0)
    while not any(
        item["field"] == "Key" and world.children(issue.id)
        for issue in world.issues()
        for entry in issue.entries
        for item in entry.items
    ):
        life.step()
    for issue in world.issues():
        for child in world.children(issue.id):
            if not world.issue(child.id).fields["issuetype"]["subtask"]:
                continue
            assert child.project == world.records[issue.id].project
        for entry in issue.entries:
            for item in entry.items:
                if item["field"] == "Key":
                    found_by_former = world.find(item["fromString"])
                    assert found_by_former is not None
                    assert found_by_former.id == issue.id


def test_no_key_and_no_id_is_given_out_twice() -> None:
    world, life = lived(6, 0)
    given: dict[str, str] = {}

    def note(happening: Any) -> None:
        issue = happening.issue
        assert given.setdefault(issue.key, issue.id) == issue.id

    world.listeners.append(note)
    life.live(1_500)
    assert life.done["deleted"] > 5
    assert life.done["moved"] > 5


def test_fields_are_known_by_schema_and_by_nothing_else() -> None:
    """Their ids differ by site, and at least one decoy has the name of the real one."""
    ids, misleading = set(), 0
    for seed in range(10):
        catalogue = found(Founding(issues=1), seed=seed, now_ms=NOW_MS).catalogue
        sprint = catalogue.roles[Role.SPRINT]
        like = [one for one in catalogue.custom_fields.values() if one.custom == sprint.custom]
        assert like == [sprint]
        assert sprint.custom == "com.pyxis.greenhopper.jira:gh-sprint"
        named = [one for one in catalogue.custom_fields.values() if one.name == sprint.name]
        ids.add(sprint.id)
        misleading += len(named) > 1
    assert len(ids) > 5
    assert misleading
