"""A job that kills its workers ends after so many deaths, and takes nobody with it twice (Q8)."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from services.chassis.clock import system_clock
from services.kernel.ids import ConnectionId
from services.sync import queue
from services.sync.domain.lanes import Lane
from services.sync.queue import DEATHS
from tests.faults.nursery import nursery
from tests.faults.queue_hand import ENDLESS_PREFIX, POISON, read, work
from tests.faults.queue_parts import Hands, Line, connections
from tests.faults.waiting import until_true

SHORT = connections(3)
ENDLESS = [ConnectionId(f"{ENDLESS_PREFIX}{number}") for number in range(2)]
LOCK = 1200  # milliseconds: a death is noticed sooner


async def test_a_poison_is_lost_alone(queue_line: Line, tmp_path: Path) -> None:
    """It kills its third worker and is lost; whatever shared its first is not.

    What is done soon dies with it once at most. What runs for ever is forgiven the deaths it saw.
    """
    noted = await _until_lost(queue_line, tmp_path)
    assert [each["connection"] for each in noted if each["what"] == "lost"] == [POISON]
    killed = _where(noted, POISON, "begun")
    assert len(killed) == DEATHS
    taken_along = {
        each: len((_where(noted, each, "begun") & killed) - _where(noted, each, "done"))
        for each in SHORT
    }
    assert set(taken_along.values()) <= {0, 1}, taken_along
    assert sum(taken_along.values()) > 0, "nobody shared its worker"
    deaths = {each: await queue_line.deaths(each) for each in ENDLESS}
    assert max(deaths.values()) < DEATHS, deaths


async def test_what_was_fetched_and_never_begun_is_not_lost(queue_line: Line) -> None:
    """It died with its workers more often than a job may, and had begun at none of them."""
    [one], hands = connections(1), Hands(held=False)
    await queue_line.jobs.put(one, Lane.DELTA)
    taker = queue._taker(queue_line.url, hands.handle, clock=system_clock, concurrency=1)  # noqa: SLF001 - it fetches, and dies of it
    try:
        for _ in range(DEATHS + 1):
            job = await taker.moveToActive("token")
            await queue_line.redis.delete(f"bull:sync:{job.id}:lock")
            # The first look marks.
            for _ in range(2):
                await queue_line.redis.delete("bull:sync:stalled-check")
                await taker.runStalledJobsCheck()
    finally:
        await taker.close()
    assert int((await queue_line.kept(one))["stc"]) == DEATHS + 1
    async with queue_line.at_work(hands):
        await queue_line.until_counts()
    assert (hands.ended[one], hands.lost) == (1, [])


async def _until_lost(line: Line, folder: Path) -> list[dict[str, Any]]:
    """Let one worker after the other have all of the jobs, until one is lost; what was noted."""
    notes = folder / "notes"
    for each in (*SHORT, *ENDLESS, ConnectionId(POISON)):
        await line.jobs.put(each, Lane.DELTA)
    with nursery(folder / "log") as bearing:

        def lost() -> bool:
            if not any(child.alive for child in bearing.children):
                bearing.bear(
                    work,
                    url=line.url,
                    notes=str(notes),
                    lasts_seconds=0.3,
                    probation_seconds=0.4,
                    lock_ms=LOCK,
                )
            return any(each["what"] == "lost" for each in read(notes))

        await until_true(lost, lambda: bearing.said)
    return read(notes)


def _where(noted: Sequence[dict[str, Any]], connection_id: str, what: str) -> set[int]:
    """Tell in which processes something happened to a connection's job."""
    return {
        each["pid"]
        for each in noted
        if each["what"] == what and each["connection"] == connection_id
    }
