"""The timeline of each issue: which status it was in, from when until when (docs/metrics.md).

A history may contradict itself: an item's `from` is not where the issue was, or the issue is not
where its last item left it. A synthetic visit bridges the gap; it counts in no arrival, departure
or visit time, but it is a place the issue was.
"""

import polars as pl

from services.analytics.domain.facts import NEVER, Facts
from services.kernel.issue import Tracked

# More than any number of moves, four times; issues times this stays below 2**63.
_MOST_MOVES = 2**31


def visits_of(facts: Facts) -> pl.DataFrame:
    """Tell every visit, in order within each issue, issues in order of their rows.

    Columns: issue (row), status (id), name (as the history wrote it), enter and exit (half-open;
    exit NEVER while it lasts), synthetic (flag `history_gap`), id_missing (the history gave only a
    name).
    """
    moves = _moves(facts)
    entries = pl.concat(
        [
            _unmoved(facts, moves),
            _beginnings(moves),
            _gaps(moves),
            _entries(moves, "to", enter="at", order=1),
            _endings(facts, moves),
        ]
    )
    # One key sorts faster than two columns.
    key = entries["issue"].cast(pl.Int64) * _MOST_MOVES + entries["order"]
    entries = entries[key.arg_sort()]
    stays = entries["issue"] == entries["issue"].shift(-1)
    ends = pl.when(stays).then(pl.col("enter").shift(-1)).otherwise(NEVER)
    return entries.select(
        "issue", "status", "name", "enter", ends.alias("exit"), "synthetic", "id_missing"
    )


def _moves(facts: Facts) -> pl.DataFrame:
    """Pick the status changes, in order, with ids; none is before its issue's creation.

    `from_missing`, `to_missing`: the id was not in the history. `order` rises by 4 a move.
    """
    found = facts.changes.filter(facts.changes["field"] == Tracked.STATUS.value)
    found = found.drop("field").sort("issue", "at", "history", "item")
    issue = found["issue"]
    found = found.with_columns(
        at=pl.max_horizontal(found["at"], facts.issues["created"].gather(issue)),
        created=facts.issues["created"].gather(issue),
        first=(issue != issue.shift()).fill_null(value=True),
        last=(issue != issue.shift(-1)).fill_null(value=True),
        order=pl.int_range(pl.len(), dtype=pl.Int64) * 4,
        from_missing=pl.col("from").is_null(),
        to_missing=pl.col("to").is_null(),
    )
    if found["from_missing"].any() or found["to_missing"].any():
        found = _named(found, facts)
    return found.with_columns(before=pl.col("to").shift())


def _named(moves: pl.DataFrame, facts: Facts) -> pl.DataFrame:
    """Give an item without an id the one its issue has beside the same name elsewhere.

    Where the issue has none, the id is "name:" and the name.
    """
    own = facts.issues.with_row_index("issue").select(
        "issue", pl.col("status_name").alias("name"), pl.col("status").alias("id"), order=-1
    )
    sides = [
        moves.select(
            "issue",
            pl.col(f"{side}_name").alias("name"),
            pl.col(side).alias("id"),
            order=pl.col("order") + place,
        )
        for place, side in enumerate(("from", "to"))
    ]
    known = (
        pl.concat([own.cast({"order": pl.Int64}), *sides])
        .drop_nulls()
        .sort("issue", "order")
        .unique(["issue", "name"], keep="last")
    )
    for side in ("from", "to"):
        beside = known.select("issue", pl.col("name").alias(f"{side}_name"), found="id")
        moves = moves.join(
            beside, on=["issue", f"{side}_name"], how="left", maintain_order="left"
        ).with_columns(
            pl.coalesce(side, "found", "name:" + pl.col(f"{side}_name").fill_null("")).alias(side)
        )
        moves = moves.drop("found")
    return moves


def _entries(moves: pl.DataFrame, side: str, *, enter: str, order: int) -> pl.DataFrame:
    """Turn one side of moves into entries to its status."""
    return moves.select(
        "issue",
        pl.col("order") + order,
        pl.col(enter).alias("enter"),
        pl.col(side).alias("status"),
        pl.col(f"{side}_name").alias("name"),
        synthetic=pl.lit(value=False),
        id_missing=pl.col(f"{side}_missing"),
    )


def _unmoved(facts: Facts, moves: pl.DataFrame) -> pl.DataFrame:
    """Put issues without any status change where they are, from their creation on."""
    moved = pl.repeat(value=False, n=facts.issues.height, dtype=pl.Boolean, eager=True)
    moved.scatter(moves["issue"].filter(moves["first"]), True)
    alone = facts.issues.with_row_index("issue").filter(~moved)
    return _present(alone, enter="created", order=pl.lit(0, dtype=pl.Int64), synthetic=False)


def _beginnings(moves: pl.DataFrame) -> pl.DataFrame:
    """Put the others where their first change found them, from their creation on."""
    return _entries(moves.filter(moves["first"]), "from", enter="created", order=-1)


def _gaps(moves: pl.DataFrame) -> pl.DataFrame:
    """Put an issue where a change found it, at that instant, if it was not there before."""
    gaps = moves.filter(~moves["first"] & (moves["from"] != moves["before"]))
    return _entries(gaps, "from", enter="at", order=0).with_columns(synthetic=pl.lit(value=True))


def _endings(facts: Facts, moves: pl.DataFrame) -> pl.DataFrame:
    """Put an issue where it is, at its last update, if its last change left it elsewhere."""
    last = moves.filter(moves["last"]).select("issue", "to", "at", "order")
    present = facts.issues.select("status", "status_name", "updated")[last["issue"]]
    left = last.hstack(present).filter(pl.col("status") != pl.col("to"))
    left = left.with_columns(seen=pl.max_horizontal("updated", "at"))
    return _present(left, enter="seen", order=pl.col("order") + 2, synthetic=True)


def _present(issues: pl.DataFrame, *, enter: str, order: pl.Expr, synthetic: bool) -> pl.DataFrame:
    """Make entries to issues' own statuses."""
    return issues.select(
        "issue",
        order.alias("order"),
        pl.col(enter).alias("enter"),
        "status",
        pl.col("status_name").alias("name"),
        synthetic=pl.lit(value=synthetic),
        id_missing=pl.lit(value=False),
    )
