"""Attributes that have a history: whose an issue was, in which project, and of which type.

What the first change found held always before it; each change holds until the next; from the
issue's last update on it is what the issue itself says. Issues without changes are not here: theirs
is the present value.
"""

from enum import StrEnum

import polars as pl

from services.analytics.domain.facts import ALWAYS, NEVER, Facts
from services.kernel.issue import Tracked


class Attribute(StrEnum):
    """The attributes by the names of their columns."""

    ASSIGNEE = "assignee"
    PROJECT = "project"
    ISSUE_TYPE = "issue_type"


# A key such as "AB-1" begins with its project's key; changes of the project itself give no key.
_PROJECT_OF_KEY = r"^(.*)-[^-]*$"
_FIELDS = {
    Attribute.ASSIGNEE: Tracked.ASSIGNEE,
    Attribute.PROJECT: Tracked.KEY,
    Attribute.ISSUE_TYPE: Tracked.ISSUE_TYPE,
}


def spans_of(facts: Facts) -> pl.DataFrame:
    """Tell what each attribute was over which time [since, until), where it ever changed.

    Columns: issue (row), attribute, since, until, value, name (of an assignee; else null).
    """
    return pl.concat([_spans(facts, attribute) for attribute in Attribute])


def held_at(spans: pl.DataFrame, attribute: Attribute, instant: int) -> pl.DataFrame:
    """Tell what an attribute was at an instant, for the issues where it ever changed: one row each.

    Columns: issue, value, name, since.
    """
    return spans.filter(
        (pl.col("attribute") == attribute.value)
        & (pl.col("since") <= instant)
        & (pl.col("until") > instant)
    ).select("issue", "value", "name", "since")


def _spans(facts: Facts, attribute: Attribute) -> pl.DataFrame:
    changes = _changes(facts, attribute)
    last = changes.unique("issue", keep="last", maintain_order=True)
    entries = pl.concat(
        [
            changes.unique("issue", keep="first", maintain_order=True).select(
                "issue", "order", since=pl.lit(ALWAYS), value="from", name="from_name"
            ),
            changes.select("issue", pl.col("order") + 1, since="at", value="to", name="to_name"),
            last.select(
                "issue",
                pl.col("order") + 2,
                since=pl.max_horizontal("at", "updated"),
                value="present",
                name="present_name",
            ),
        ]
    ).sort("issue", "order")
    stays = pl.col("issue") == pl.col("issue").shift(-1)
    until = pl.when(stays).then(pl.col("since").shift(-1)).otherwise(NEVER).fill_null(NEVER)
    spans = entries.with_columns(until=until, attribute=pl.lit(attribute.value))
    return spans.filter(pl.col("since") < pl.col("until")).select(
        "issue", "attribute", "since", "until", "value", "name"
    )


def _changes(facts: Facts, attribute: Attribute) -> pl.DataFrame:
    """Pick an attribute's changes, in order, beside its present value."""
    found = facts.changes.filter(pl.col("field") == _FIELDS[attribute].value)
    found = found.sort("issue", "at", "history", "item").with_columns(
        order=pl.int_range(pl.len(), dtype=pl.Int64) * 4
    )
    nameless = pl.lit(None, dtype=pl.String)
    own = facts.issues.with_row_index("issue").select(
        "issue",
        "updated",
        pl.col(attribute.value).alias("present"),
        (pl.col("assignee_name") if attribute is Attribute.ASSIGNEE else nameless).alias(
            "present_name"
        ),
    )
    found = found.join(own, on="issue", how="inner", maintain_order="left")
    return found.with_columns(**_values(attribute))


def _values(attribute: Attribute) -> dict[str, pl.Expr]:
    """Say where a change holds an attribute's value: an id, a name, or a part of a name."""
    sides = ("from", "to")
    nameless = dict.fromkeys(("from_name", "to_name"), pl.lit(None, dtype=pl.String))
    if attribute is Attribute.ASSIGNEE:
        return {}
    if attribute is Attribute.PROJECT:
        keys = {side: pl.col(f"{side}_name").str.extract(_PROJECT_OF_KEY) for side in sides}
        return {**keys, **nameless}
    return {**{side: pl.col(f"{side}_name") for side in sides}, **nameless}
