"""In which lane a job asks its site: what a person waits for has the last of what may be asked."""

from dataclasses import dataclass, field

import pytest

from services.kernel.sync_job import Mode
from services.sync.domain.lanes import Lane
from tests.unit.sync_collecting import Bench, HandMadeSite


@dataclass
class Paying(Bench):
    """A collector that notes the lanes in which sites are opened."""

    lanes: list[object] = field(default_factory=list)

    def _open(self, *asked: object) -> HandMadeSite:
        self.lanes += asked[:1]
        return super()._open(*asked)


@pytest.mark.parametrize(
    ("mode", "asked", "lane"),
    [
        (Mode.DELTA, True, Lane.INTERACTIVE),
        (Mode.DELTA, False, Lane.DELTA),
        (Mode.FULL, True, Lane.BACKFILL),
        (Mode.CENSUS, False, Lane.BACKFILL),
    ],
)
async def test_a_job_pays_in_its_lane(mode: Mode, asked: bool, lane: Lane) -> None:
    """A DELTA that a person asked for pays as interactive, and whatever reads all as backfill."""
    bench = Paying(HandMadeSite())
    await bench.job(mode, asked=asked)
    await bench.work()
    assert bench.lanes[0] is lane
