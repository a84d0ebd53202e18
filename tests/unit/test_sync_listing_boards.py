"""Which boards' sprints are read, and what boards estimate with."""

from typing import Any

import pytest

from services.kernel.sync_job import JobState, Mode
from services.sync.sources.answers import PageRefused
from services.sync.sources.boards import BOARDS, estimating
from tests.unit.sync_collecting import Bench, HandMadeSite

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
