"""What stored issues say, as columns: the ground that snapshots are built on.

An absent end is NEVER, an instant after all others: comparisons need no case for "still open".
"""

from dataclasses import dataclass

import polars as pl

NEVER = 2**63 - 1
# Before all instants: what held before the first change held always.
ALWAYS = -(2**63)

ISSUE_COLUMNS: dict[str, type[pl.DataType]] = {
    "issue_id": pl.String,
    "seq": pl.Int64,
    "in_flow": pl.Boolean,
    "project": pl.String,
    "issue_type": pl.String,
    "status": pl.String,
    "status_name": pl.String,
    "assignee": pl.String,
    "assignee_name": pl.String,
    "created": pl.Int64,
    "updated": pl.Int64,
    "deleted": pl.Int64,
}
CHANGE_COLUMNS: dict[str, type[pl.DataType]] = {
    "issue": pl.UInt32,
    "at": pl.Int64,
    "history": pl.Int64,
    "item": pl.Int32,
    "field": pl.String,
    "from": pl.String,
    "from_name": pl.String,
    "to": pl.String,
    "to_name": pl.String,
}


@dataclass(frozen=True, slots=True)
class Facts:
    """Issues, one a row (ISSUE_COLUMNS), and their changes (CHANGE_COLUMNS).

    A change's `issue` is the row of its issue. `deleted` is NEVER for an issue that is there.
    """

    issues: pl.DataFrame
    changes: pl.DataFrame


def no_facts() -> Facts:
    """Make facts of no issue."""
    return Facts(pl.DataFrame(schema=ISSUE_COLUMNS), pl.DataFrame(schema=CHANGE_COLUMNS))


def joined(batches: list[Facts]) -> Facts:
    """Put batches together: one row an issue, as it was last written, in the order of issue ids.

    A page that is written while it is read may show an issue twice; the greatest `seq` is kept.
    Changes follow their issues; their own order is not kept.
    """
    shifted, rows = [], 0
    for batch in batches:
        shifted.append(batch.changes.with_columns(pl.col("issue") + rows))
        rows += batch.issues.height
    empty = no_facts()
    issues = pl.concat([empty.issues, *(batch.issues for batch in batches)])
    changes = pl.concat([empty.changes, *shifted])
    ordered = issues.with_row_index("was").sort("issue_id", "seq")
    superseded = ordered["issue_id"] == ordered["issue_id"].shift(-1)
    kept = ordered.filter(~superseded.fill_null(value=False))
    places = row_places(kept["was"], rows)
    moved = changes.with_columns(issue=places.gather(changes["issue"])).drop_nulls("issue")
    return Facts(kept.drop("was"), moved)


def row_places(was: pl.Series, rows: int) -> pl.Series:
    """Tell where each of `rows` rows went; `was[i]` is where row i came from, null if nowhere."""
    places = pl.repeat(None, n=rows, dtype=pl.UInt32, eager=True)
    return places.scatter(was, pl.int_range(was.len(), dtype=pl.UInt32, eager=True))
