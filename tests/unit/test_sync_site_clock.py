"""How far a site's clock is behind: nothing that it dates by its own clock is missed for that."""

import pytest

from services.sync.collecting import OVERLAP_MILLISECONDS
from services.sync.domain.site_clock import MOST_MILLISECONDS, behind
from tests.contract.run_store import NOW
from tests.unit.sync_collecting import Bench, HandMadeSite

# As HTTP writes it, and the same instant.
SAID, AT = "Tue, 14 Nov 2023 22:13:20 GMT", 1_700_000_000_000


@pytest.mark.parametrize(
    ("said", "now", "late"),
    [
        (SAID, AT, 0),
        (SAID, AT + 20 * 60_000, 20 * 60_000),
        (SAID, AT - 20 * 60_000, 0),
        (SAID, AT + 900 * MOST_MILLISECONDS, MOST_MILLISECONDS),
        (None, AT, None),
        ("", AT, None),
        ("yesterday", AT, None),
        ("Tue, 14 Nov 2023 22:13:20 -0000", AT, None),
    ],
)
def test_how_late_a_clock_is(said: str | None, now: int, late: int | None) -> None:
    assert behind(said, now) == late


async def test_changes_are_asked_for_by_the_clock_of_the_site() -> None:
    """Complete until the sweep began, less the overlap, less what the site's clock is behind."""
    late = 20 * 60_000
    bench = Bench(HandMadeSite(late=late))
    await bench.job()
    await bench.work()
    kept = bench.runs.kept[bench.connection.connection_id]
    assert kept.connection.cursor == NOW - OVERLAP_MILLISECONDS - late
