"""A site's own fields: told by schema, whatever they are called; read again when they changed."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.kernel.issue import Tracked
from services.kernel.sync_job import Mode
from services.sync.domain import translate
from services.sync.domain.fields import (
    CHECKBOXES,
    EPIC_LINK,
    MOST_OF_A_KIND,
    NO_FIELDS,
    NUMBER,
    SPRINT,
    TEAM_POINTS,
    FieldSet,
    field_set,
    set_of_document,
)
from services.sync.domain.translate import Untranslatable
from services.sync.sources.answers import PageRefused
from tests.contract.run_store import NOW
from tests.unit.sync_collecting import Bench, HandMadeSite
from tests.unit.sync_words import RAW

DAY = 24 * 3600 * 1000
KNOWN = FieldSet(
    team_points=("customfield_3",),
    board_points=("customfield_4",),
    sprints=("customfield_1",),
    flags=("customfield_5",),
    epics=("customfield_2",),
)


def row(number: int, custom: str, name: str = "Whatever") -> dict[str, Any]:
    schema = {"type": "any", "custom": custom, "customId": number}
    return {"id": f"customfield_{number}", "name": name, "custom": True, "schema": schema}


SITE = [
    {"id": "status", "name": "Sprint", "schema": {"type": "status", "system": "status"}},
    row(4, NUMBER, "Aufwand"),
    row(9, NUMBER, "Story Points"),
    row(1, SPRINT, "Iteration"),
    row(8, "com.example:text", "Sprint"),
    row(2, EPIC_LINK, "Theme"),
    row(3, TEAM_POINTS, "Estimate"),
    row(5, CHECKBOXES, "Markiert"),
]


def said(known: FieldSet = KNOWN, **fields: Any) -> Any:
    """Translate an issue whose own fields say this."""
    return translate.issue({**RAW, "fields": {**RAW["fields"], **fields}}, [], known)


def test_fields_are_found_by_schema_whatever_they_are_called() -> None:
    """One that is only called so is none of them; the board says which number the points are."""
    assert field_set(SITE, {"customfield_4"}, known=NO_FIELDS) == KNOWN
    assert field_set(SITE, {"customfield_4"}, known=NO_FIELDS).ids == (
        "customfield_3",
        "customfield_4",
        "customfield_1",
        "customfield_5",
        "customfield_2",
    )


def test_several_of_one_kind_are_all_read_in_the_order_the_site_got_them() -> None:
    """Team- and company-managed projects have their own; hundreds of checkboxes are too many."""
    rows = [row(number, CHECKBOXES) for number in (100, 20, *range(30, 90))]
    found = field_set(rows, set(), known=NO_FIELDS).flags
    assert found[:3] == ("customfield_20", "customfield_30", "customfield_31")
    assert len(found) == MOST_OF_A_KIND


def test_boards_that_are_not_shown_leave_what_was_known() -> None:
    """A token that loses the boards for a day must not have a whole site read again, twice."""
    assert field_set(SITE, None, known=KNOWN) == KNOWN
    assert field_set(SITE[:1], None, known=KNOWN).board_points == ()
    assert field_set(SITE, {"timeoriginalestimate"}, known=KNOWN).board_points == ()


def test_they_come_back_as_they_were_stored() -> None:
    assert set_of_document(KNOWN.as_document()) == KNOWN
    assert set_of_document(None) == NO_FIELDS


@settings(deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries(
            {},
            optional={
                "id": st.none() | st.text() | st.just("customfield_99999999999999999999999"),
                "schema": st.none()
                | st.text()
                | st.dictionaries(
                    st.sampled_from(["custom", "type"]),
                    st.sampled_from([SPRINT, NUMBER, None, [], 5]),
                ),
            },
        )
    )
)
def test_any_list_of_fields_gives_a_set(rows: list[dict[str, Any]]) -> None:
    """What cannot be read is no field of ours: nothing is raised, and nothing else is asked for."""
    assert all(type(each) is str for each in field_set(rows, {"x"}, known=NO_FIELDS).ids)


def test_an_issue_says_what_its_fields_hold() -> None:
    issue = said(
        customfield_1=[{"id": 12, "name": "Sprint 12"}, {"id": 14}],
        customfield_2="OPS-7",
        customfield_3=3,
        customfield_5=[{"id": "10019", "value": "Hindernis"}],
        parent={"id": "10099", "key": "OPS-7"},
    )
    assert (issue.points, issue.sprint_ids, issue.flagged) == (3.0, ("12", "14"), True)
    assert (issue.epic_key, issue.parent_id) == ("OPS-7", "10099")
    nothing = said(customfield_1=None, customfield_5=None, parent=None)
    assert (nothing.points, nothing.sprint_ids, nothing.flagged) == (None, (), False)
    assert (nothing.epic_key, nothing.parent_id) == (None, None)


@pytest.mark.parametrize(
    ("team_managed", "team", "board", "points"),
    [
        (True, 1, 2, 1.0),
        (False, 1, 2, 2.0),
        (True, None, 2, 2.0),
        (False, 1, None, 1.0),
        (False, 0, None, 0.0),
        (False, None, 0, 0.0),
    ],
)
def test_the_filled_field_counts_and_of_two_the_one_of_the_projects_kind(
    team_managed: bool, team: int | None, board: int | None, points: float
) -> None:
    project = {**RAW["fields"]["project"], "simplified": team_managed}
    found = said(project=project, customfield_3=team, customfield_4=board)
    assert found.points == points


def test_of_several_checkboxes_the_flag_is_the_one_with_jiras_own_choice() -> None:
    """A team that is ticked flags nothing; neither does its history."""
    two = FieldSet(flags=("customfield_5", "customfield_6"))
    team, flag = [{"value": "Blue"}], [{"value": "Impediment"}]
    assert not said(two, customfield_5=team).flagged
    assert said(two, customfield_5=team, customfield_6=flag).flagged
    ticked = {"field": "Teams", "fieldId": "customfield_5", "fromString": "", "toString": "Blue"}
    raised = {"field": "X", "fieldId": "customfield_6", "fromString": "", "toString": "Impediment"}
    rows = [{"id": "1", "created": 5, "items": [ticked, raised]}]
    [change] = translate.changes(rows, two)
    assert (change.field, change.item_index, change.to_name) == (Tracked.FLAGGED, 1, "Impediment")


@pytest.mark.parametrize(
    "fields",
    [
        {"customfield_3": "3"},
        {"customfield_3": True},
        {"customfield_3": float("nan")},
        {"customfield_3": 10**400},
        {"customfield_1": "com.atlassian.greenhopper…[id=12]"},
        {"customfield_1": [{"name": "Sprint 12"}]},
        {"customfield_1": [{"id": 2**70}]},
        {"customfield_5": [{"id": "10019"}]},
        {"customfield_5": "Impediment"},
        {"customfield_2": {"key": "OPS-7"}},
        {"parent": "OPS-7"},
        {"parent": {"key": "OPS-7"}},
    ],
    ids=lambda fields: str(fields)[:40],
)
def test_a_value_of_another_kind_is_not_made_up(fields: dict[str, Any]) -> None:
    """Half a set would be summed up as if it were whole: the issue is set aside, and counted."""
    with pytest.raises(Untranslatable):
        said(**fields)


async def test_a_run_asks_for_the_fields_it_found() -> None:
    bench = Bench(HandMadeSite(own_fields=SITE, estimates={"customfield_4"}))
    await bench.job()
    await bench.work()
    assert bench.site.also == KNOWN.ids
    state = await bench.runs.state(bench.connection)
    assert state.fields_settled


@pytest.mark.parametrize("mode", [Mode.DELTA, Mode.CENSUS])
async def test_everything_is_read_again_once_the_fields_are_others(mode: Mode) -> None:
    """What is stored lacks what the site has now: a figure would be of a part of it."""
    bench = Bench(HandMadeSite(own_fields=SITE), now=NOW + DAY)
    job = await bench.job(mode, since=NOW)
    await bench.work()
    assert (await bench.runs.job(job)).mode is Mode.FULL
    assert {"1", "2"} == set(await bench.runs.issues(bench.connection))
    assert (await bench.runs.state(bench.connection)).complete_until is not None


async def test_fields_are_read_once_a_day_and_as_long_as_they_stay_nothing_more() -> None:
    bench = Bench(now=NOW + DAY - 1)
    job = await bench.job(Mode.DELTA, since=NOW)
    await bench.work()
    assert "fields" not in [name for name, _ in bench.site.asked]
    assert (await bench.runs.job(job)).mode is Mode.DELTA


async def test_boards_that_could_not_be_read_are_asked_for_by_the_next_sync() -> None:
    """Nobody said that there are none: without their points a site would be wrong for a day."""
    bench = Bench(HandMadeSite(own_fields=SITE, estimates={"customfield_4"}), now=NOW + DAY)
    bench.site.raising["estimating"] = [PageRefused("no list")]
    await bench.job()
    await bench.work()
    assert bench.site.also == field_set(SITE, None, known=NO_FIELDS).ids
    bench.connection = bench.runs.kept[bench.connection.connection_id].connection
    job = await bench.job(Mode.DELTA, since=NOW)
    await bench.work()
    assert bench.site.also == KNOWN.ids
    assert (await bench.runs.job(job)).mode is Mode.FULL


async def test_boards_that_are_never_readable_cost_a_sync_no_more_than_a_question() -> None:
    bench = Bench(HandMadeSite(own_fields=SITE), now=NOW + DAY)
    bench.site.raising["estimating"] = [PageRefused("no list")] * 2
    await bench.job()
    await bench.work()
    bench.connection = bench.runs.kept[bench.connection.connection_id].connection
    job = await bench.job(Mode.DELTA, since=NOW)
    await bench.work()
    assert (await bench.runs.job(job)).mode is Mode.DELTA
    assert bench.site.raising["estimating"] == []
