"""How much of the cycle times of finished items was spent in each status."""

from dataclasses import dataclass

import polars as pl

from services.analytics.domain.items import Items, finished, with_cycle_time
from services.analytics.domain.statistics import ENOUGH_FOR_PERCENTILES, nearest_rank
from services.kernel.period import Period


@dataclass(frozen=True, slots=True)
class Holdups:
    """The cycle times (ms) of a window's finished items, and the visits they are made of.

    `visits` columns: status, item (its place in `cycle_times`), part: how much of the visit lies
    between the item's start and finish, in milliseconds.
    """

    cycle_times: pl.Series
    visits: pl.DataFrame

    def share(self, status_id: str) -> float | None:
        """Tell the share of all cycle time that was spent in a status; None without any."""
        total = int(self.cycle_times.sum())
        spent = int(self.visits.filter(pl.col("status") == status_id)["part"].sum())
        return spent / total if total else None

    def gain(self, status_id: str, *, cap: int) -> int | None:
        """Tell how much less the median cycle time would be if no visit were longer than `cap`.

        None below ten cycle times: the median itself is withheld.
        """
        if self.cycle_times.len() < ENOUGH_FOR_PERCENTILES:
            return None
        long = self.visits.filter((pl.col("status") == status_id) & (pl.col("part") > cap))
        saved = long.group_by("item").agg(saved=(pl.col("part") - cap).sum())
        capped = self.cycle_times.clone()
        capped.scatter(saved["item"], capped.gather(saved["item"]) - saved["saved"])
        return nearest_rank(self.cycle_times.sort(), 50) - nearest_rank(capped.sort(), 50)


def holdups_of(items: Items, window: Period) -> Holdups:
    """Take the cycle times of the items finished in the window apart."""
    cycles = with_cycle_time(finished(items, window)).with_row_index("item")
    first, last = pl.col("started_at"), pl.col("done_at")
    part = pl.min_horizontal("exit", last) - pl.max_horizontal("enter", first)
    visits = (
        _visits_of(cycles, items.snapshot.visits)
        .with_columns(part=part)
        .filter(pl.col("part") > 0)
        .select(pl.col("status").cast(pl.String), "item", "part")
    )
    return Holdups(cycles["cycle_time"], visits)


def _visits_of(cycles: pl.DataFrame, visits: pl.DataFrame) -> pl.DataFrame:
    """Give each item's visits beside it; found by binary search, as visits stand by issue."""
    by_issue = visits["issue"]
    begins = by_issue.search_sorted(cycles["issue"], side="left")
    ends = by_issue.search_sorted(cycles["issue"], side="right")
    places = (
        cycles.with_columns(place=pl.int_ranges(begins, ends))
        .explode("place")
        .select("item", "started_at", "done_at", "place")
    )
    return places.hstack(visits.select("status", "enter", "exit")[places["place"]])
