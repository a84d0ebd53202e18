"""Which boards' sprints are read, and what boards estimate with."""

from typing import Any

import pytest

from services.kernel.errors import SiteUnreachable
from services.kernel.ids import IssueId
from services.kernel.sync_job import JobState, Mode
from services.sync.sources.answers import OutOfScope, PageRefused, SiteRefuses
from services.sync.sources.boards import BOARDS, SomeUnread, estimating
from tests.unit.sync_collecting import Bench, HandMadeSite, raw

BOARD = {"id": 7, "type": "scrum", "location": {"projectId": 100}}


@pytest.mark.parametrize(
    "other",
    [{"type": ["scrum"]}, {"type": {}}, {"type": None}, {"id": [7]}, {"location": [100]}],
)
async def test_a_board_that_cannot_be_read_fails_no_census(other: dict[str, Any]) -> None:
    """It is left out; no answer is made of boards, and no sync ends because of one."""
    lists = {"/rest/agile/1.0/board": [{**BOARD, **other}, BOARD]}
    bench = Bench(HandMadeSite(paged_lists=lists))
    job = await bench.job(Mode.CENSUS)
    await bench.work()
    assert (await bench.runs.job(job)).state is JobState.SUCCEEDED


SCRUM = {"values": [{"id": 7, "type": "scrum"}], "isLast": True}
POINTS = {"id": 7, "estimation": {"type": "field", "field": {"fieldId": "customfield_4"}}}


@pytest.mark.parametrize(
    ("boards", "board", "found"),
    [
        (SCRUM, POINTS, {"customfield_4"}),
        (SCRUM, {"id": 7, "estimation": {"type": "none"}}, set()),
        ({"values": [], "isLast": True}, None, set()),
    ],
)
async def test_boards_tell_what_they_estimate_with(
    boards: object, board: object, found: set[str]
) -> None:
    async def call(_: str, path: str) -> object:
        return board if path == f"{BOARDS}/7/configuration" else boards

    assert await estimating(call) == found


@pytest.mark.parametrize(
    ("boards", "board"),
    [({}, POINTS), (None, POINTS), ({"values": {}}, POINTS), (SCRUM, {}), (SCRUM, None)],
)
async def test_an_answer_of_another_shape_says_nothing_of_boards(
    boards: object, board: object
) -> None:
    """Taken for "none", it would cost every issue its points, and nobody would know."""

    async def call(_: str, path: str) -> object:
        return board if path == f"{BOARDS}/7/configuration" else boards

    with pytest.raises(PageRefused):
        await estimating(call)


async def test_boards_whose_estimates_no_scope_covers_are_not_shown() -> None:
    """Taken for boards that estimate with nothing, it would cost every issue its points."""
    asked: list[str] = []

    async def call(_: str, path: str) -> object:
        asked.append(path)
        if "configuration" in path:
            raise OutOfScope
        return {"values": [{"id": board, "type": "scrum"} for board in range(9)], "isLast": True}

    assert await estimating(call) is None
    assert len(asked) == 2


def two_boards(first: Exception) -> Any:
    """Give a site of two boards, the first of which is not told of."""

    async def call(_: str, path: str) -> object:
        if path == f"{BOARDS}/6/configuration":
            raise first
        board = {"id": 6, "type": "scrum"}
        lists = {"values": [board, {"id": 7, "type": "scrum"}], "isLast": True}
        return POINTS if path == f"{BOARDS}/7/configuration" else lists

    return call


async def test_a_board_that_is_not_shown_leaves_out_itself_alone() -> None:
    """A deleted filter, or a right that is missing: it would be the same again."""
    assert await estimating(two_boards(SiteRefuses("HTTP 404"))) == {"customfield_4"}


@pytest.mark.parametrize("error", [SiteUnreachable("HTTP 500"), PageRefused("HTTP 400")])
async def test_a_board_that_is_not_answered_for_leaves_out_itself_alone(error: Exception) -> None:
    """The others' fields are known, and it is asked for again."""
    with pytest.raises(SomeUnread) as unread:
        await estimating(two_boards(error))
    assert unread.value.found == {"customfield_4"}


@pytest.mark.parametrize(
    ("error", "points"),
    [(SiteUnreachable("HTTP 500"), None), (SomeUnread({"customfield_4"}), 3.0)],
)
async def test_no_sync_ends_because_of_boards(error: Exception, points: float | None) -> None:
    """They are optional: issues are stored with the points of those that were told of."""
    number = "com.atlassian.jira.plugin.system.customfieldtypes:float"
    bench = Bench(
        HandMadeSite(
            sweeps=[["1"]],
            rows={"1": raw("1", customfield_4=3)},
            own_fields=[{"id": "customfield_4", "schema": {"custom": number}}],
            raising={"estimating": [error]},
        )
    )
    job = await bench.job()
    await bench.work()
    assert (await bench.runs.job(job)).state is JobState.SUCCEEDED
    issue, _ = (await bench.runs.issues(bench.connection))[IssueId("1")]
    assert issue.points == points
