"""How much each status held the work up in a window, in ranked order.

Readings chosen where the definitions leave room:

* A status is listed when it had an arrival, a departure or an open item; one without any is not.
* ``open_count`` and ``older_than_p85_count`` are taken at ``as_of``, wherever the window ends; the
  latter compares as_of - enter of the current visit, also of one that began synthetically.
* The departure from a real visit that a synthetic transition ended counts; so does the arrival at a
  real visit that follows a synthetic one.
* Real zero-length visits count as arrivals, departures and times.
* A status is ranked when it has 20 exits and its gain is there. The gain is a difference of
  medians, so it is withheld below ten cycle times; the status then follows as the unranked do.
* A visit's part of [started, done] is capped at the status's p50 over the visits that ended in W.
* ``cycle_time_share`` is a ratio of sums, not a percentile: there from the first cycle time on.
"""

from typing import Any

from tests.reference.statistics_of_times import (
    ENOUGH_FOR_PERCENTILES,
    percentile,
    time_statistics,
)
from tests.reference.timeline import Timeline, Visit, category

EXITS_TO_BE_RANKED = 20


def bottlenecks(
    timelines: list[Timeline], categories: dict[str, str], *, start: int, end: int, as_of: int
) -> list[dict[str, Any]]:
    """Give one row per status that is not done, the worst bottleneck first."""
    statuses = set()
    for timeline in timelines:
        for visit in timeline.visits:
            if category(visit.status, categories) != "done":
                statuses.add(visit.status)

    cycle_items = [item for item in timelines if _finished_with_cycle_time(item, start, end)]
    rows = []
    for status in statuses:
        row = _row(status, timelines, cycle_items, start=start, end=end, as_of=as_of)
        if row["arrivals"] or row["departures"] or row["open_count"]:
            rows.append(row)
    rows.sort(key=_rank)
    return rows


def top_bottleneck(rows: list[dict[str, Any]]) -> str | None:
    """Give the status id of the first ranked row, if any row is ranked."""
    if rows and rows[0]["median_cycle_time_gain"] is not None:
        return str(rows[0]["status_id"])
    return None


def _row(
    status: str,
    timelines: list[Timeline],
    cycle_items: list[Timeline],
    *,
    start: int,
    end: int,
    as_of: int,
) -> dict[str, Any]:
    arrivals = 0
    lengths = []
    ages = []
    for timeline in timelines:
        for visit in timeline.visits:
            if visit.status != status:
                continue
            if start <= visit.enter < end and not visit.synthetic:
                arrivals += 1
            if visit.exit is not None and start <= visit.exit < end and not visit.synthetic:
                lengths.append(visit.exit - visit.enter)
            if visit.exit is None:
                ages.append(as_of - visit.enter)

    times = time_statistics(lengths, eligible_count=len(lengths))
    older = None
    if times["p85"] is not None:
        older = len([age for age in ages if age > times["p85"]])
    return {
        "status_id": status,
        "arrivals": arrivals,
        "departures": len(lengths),
        "queue_growth": arrivals - len(lengths),
        "time": times,
        "open_count": len(ages),
        "older_than_p85_count": older,
        "cycle_time_share": _cycle_time_share(status, cycle_items),
        "median_cycle_time_gain": _median_cycle_time_gain(status, cycle_items, lengths),
    }


def _finished_with_cycle_time(item: Timeline, start: int, end: int) -> bool:
    if item.done_at is None or item.started_at is None:
        return False
    return start <= item.done_at < end and item.started_at < item.done_at


def _cycle_time(item: Timeline) -> int:
    assert item.started_at is not None
    assert item.done_at is not None
    return item.done_at - item.started_at


def _time_within_cycle(item: Timeline, visit: Visit) -> int:
    """Measure how much of a visit lies in [started, done], in ms."""
    assert item.started_at is not None
    assert item.done_at is not None
    left = item.done_at if visit.exit is None else min(visit.exit, item.done_at)
    return max(0, left - max(visit.enter, item.started_at))


def _cycle_time_share(status: str, cycle_items: list[Timeline]) -> float | None:
    in_status = 0
    in_all = 0
    for item in cycle_items:
        in_all += _cycle_time(item)
        for visit in item.visits:
            if visit.status == status:
                in_status += _time_within_cycle(item, visit)
    return in_status / in_all if in_all else None


def _median_cycle_time_gain(
    status: str, cycle_items: list[Timeline], lengths: list[int]
) -> int | None:
    """Order ranked rows by gain, the rest after them; ties by departures, then by status id."""
    if len(lengths) < EXITS_TO_BE_RANKED or len(cycle_items) < ENOUGH_FOR_PERCENTILES:
        return None
    cap = percentile(lengths, 50)
    as_they_were = []
    with_the_cap = []
    for item in cycle_items:
        saved = 0
        for visit in item.visits:
            if visit.status == status:
                saved += max(0, _time_within_cycle(item, visit) - cap)
        as_they_were.append(_cycle_time(item))
        with_the_cap.append(_cycle_time(item) - saved)
    return percentile(as_they_were, 50) - percentile(with_the_cap, 50)


def _rank(row: dict[str, Any]) -> tuple[int, int, int, int, int, str]:
    """Put ranked rows by gain, the rest after them; ties by departures, then by status id."""
    status = row["status_id"]
    gain = row["median_cycle_time_gain"]
    by_id = (0, int(status), "") if status.isdecimal() else (1, 0, status)
    by_gain = (0, -gain) if gain is not None else (1, 0)
    return (*by_gain, -row["departures"], *by_id)
