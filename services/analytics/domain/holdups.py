"""How much of the cycle times of finished items was spent in each status."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from services.analytics.domain.items import Items, finished, with_cycle_time
from services.analytics.domain.snapshot import Snapshot
from services.analytics.domain.statistics import ENOUGH_FOR_PERCENTILES, nearest_rank
from services.kernel.period import Period
from services.kernel.workflow import DONE_STAGE


@dataclass(frozen=True, slots=True)
class Holdups:
    """The cycle times (ms) of a window's finished items, and the visits they are made of.

    Only visits to statuses that are not done are here: no other is asked about.

    `visits`, by status id, columns: item (its place in
    `cycle_times`), part: how much of the visit lies between start and finish, in milliseconds.
    """

    window: Period
    cycle_times: pl.Series
    visits: Mapping[str, pl.DataFrame]

    def share(self, status_id: str) -> float | None:
        """Tell the share of all cycle time that was spent in a status; None without any."""
        total = int(self.cycle_times.sum())
        visits = self.visits.get(status_id)
        spent = 0 if visits is None else int(visits["part"].sum())
        return spent / total if total else None

    def gain(self, status_id: str, *, cap: int) -> int | None:
        """Tell how much less the median cycle time would be if no visit were longer than `cap`.

        None below ten cycle times: the median itself is withheld.
        """
        if self.cycle_times.len() < ENOUGH_FOR_PERCENTILES:
            return None
        visits = self.visits.get(status_id)
        if visits is None:
            return 0
        long = visits.filter(visits["part"] > cap)
        saved = long.group_by("item").agg(saved=(pl.col("part") - cap).sum())
        capped = self.cycle_times.clone()
        capped.scatter(saved["item"], capped.gather(saved["item"]) - saved["saved"])
        return nearest_rank(self.cycle_times, 50) - nearest_rank(capped, 50)


def holdups_of(items: Items, window: Period) -> Holdups:
    """Take the cycle times of the items finished in the window apart."""
    cycles = with_cycle_time(finished(items, window)).with_row_index("item")
    visits = _visits_of(cycles, items.snapshot)
    started, done = (cycles[name].gather(visits["item"]) for name in ("started_at", "done_at"))
    first = pl.max_horizontal("enter", started)
    parts = visits.select("status", "item", part=pl.min_horizontal("exit", done) - first)
    parts = parts.filter(parts["part"] > 0)
    return Holdups(window, cycles["cycle_time"], by_status(parts))


def by_status(visits: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Part visits by status id."""
    parts = visits.partition_by("status", as_dict=True, include_key=False)
    return {str(status): part for (status,), part in parts.items()}


def _visits_of(cycles: pl.DataFrame, snapshot: Snapshot) -> pl.DataFrame:
    """Give each item's visits to statuses that are not done; an issue's visits stand together."""
    begins = snapshot.issues["first_visit"]
    ends = begins.shift(-1, fill_value=snapshot.visits.height)
    rows = cycles["issue"]
    ranges = pl.int_ranges(begins.gather(rows), ends.gather(rows))
    places = pl.select(item=cycles["item"], place=ranges).explode("place")
    visits = snapshot.visits.select("status", "stage", "enter", "exit")[places["place"]]
    working = visits["stage"] < DONE_STAGE
    return visits.drop("stage").with_columns(places["item"]).filter(working)
