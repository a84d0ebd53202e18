"""Where the flow's clock starts and stops: visits seen through the mapping of statuses to stages.

An item may be finished several times. The last run of visits in done is kept beside the issue and
the earlier ones in a frame of their own, so that "done as known then" needs no second look at
the visits: the run that began by then and had not ended then is the one.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from services.analytics.domain.facts import NEVER
from services.kernel.workflow import DONE_STAGE, STAGE_OF_CATEGORY, START_STAGE, Category

UNKNOWN_STAGE = STAGE_OF_CATEGORY[Category.INDETERMINATE]


@dataclass(frozen=True, slots=True)
class Clock:
    """When issues started and finished.

    `issues`: one row an issue: started_at (first entry to a stage from START_STAGE on), done_from
    and done_until (the last run in done); NEVER where there is none. `earlier_runs`: issue,
    done_from, done_until of the runs before the last, in order.
    """

    issues: pl.DataFrame
    earlier_runs: pl.DataFrame


def with_stages(visits: pl.DataFrame, stages: Mapping[str, int]) -> pl.DataFrame:
    """Give visits their stage; a status that the mapping does not name counts as indeterminate."""
    stage = (
        pl.col("status")
        .cast(pl.String)
        .replace_strict(
            list(stages), list(stages.values()), default=UNKNOWN_STAGE, return_dtype=pl.Int8
        )
    )
    return visits.with_columns(stage=stage)


def clock_of(visits: pl.DataFrame, *, height: int) -> Clock:
    """Read starts and finishes of `height` issues off their visits (with stages)."""
    started = (
        visits.lazy()
        .filter(pl.col("stage") >= START_STAGE)
        .group_by("issue")
        .agg(started_at=pl.col("enter").min())
    )
    runs = _runs_in_done(visits)
    last = runs.unique("issue", keep="last", maintain_order=True)
    issues = (
        pl.LazyFrame({"issue": pl.int_range(height, dtype=pl.UInt32, eager=True)})
        .join(started, on="issue", how="left", maintain_order="left")
        .join(last.lazy(), on="issue", how="left", maintain_order="left")
        .drop("issue")
        .fill_null(NEVER)
        .collect()
    )
    is_last = (pl.col("issue") != pl.col("issue").shift(-1)).fill_null(value=True)
    return Clock(issues, runs.filter(~is_last))


def _runs_in_done(visits: pl.DataFrame) -> pl.DataFrame:
    """Find the unbroken runs of visits in done; a run of zero length is one too."""
    done = pl.col("stage") == DONE_STAGE
    turns = (
        visits.lazy()
        .select("issue", pl.col("enter").alias("done_from"), done.alias("done"))
        .filter(
            (pl.col("issue") != pl.col("issue").shift())
            | (pl.col("done") != pl.col("done").shift())
            | pl.col("issue").shift().is_null()
        )
    )
    goes_on = pl.col("issue") == pl.col("issue").shift(-1)
    until = pl.when(goes_on).then(pl.col("done_from").shift(-1)).otherwise(NEVER).fill_null(NEVER)
    runs = turns.with_columns(done_until=until).filter("done")
    return runs.select("issue", "done_from", "done_until").collect()
