"""Which boards' sprints are read: those of what is collected, whatever a site calls the others."""

from typing import Any

import pytest

from services.kernel.sync_job import JobState, Mode
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
