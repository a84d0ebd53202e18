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

    Columns: issue (row), attribute, since, until, value, name (of an assignee; of no
    meaning for the others).
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
    """Tell one attribute's spans; those of no length are left out."""
    changes = _changes(facts, attribute)
    issue = changes["issue"]
    first = changes.filter((issue != issue.shift()).fill_null(value=True))
    last = changes.filter((issue != issue.shift(-1)).fill_null(value=True))
    entries = pl.concat(
        [
            _entries(first.with_columns(since=pl.lit(ALWAYS)), "from", order=0),
            _entries(changes.with_columns(since="at"), "to", order=1),
            _present(facts, last, attribute),
        ]
    ).sort("issue", "order")
    stays = pl.col("issue") == pl.col("issue").shift(-1)
    until = pl.when(stays).then(pl.col("since").shift(-1)).otherwise(NEVER).fill_null(NEVER)
    spans = entries.with_columns(until=until, attribute=pl.lit(attribute.value))
    return spans.filter(pl.col("since") < pl.col("until")).select(
        "issue", "attribute", "since", "until", "value", "name"
    )


def _changes(facts: Facts, attribute: Attribute) -> pl.DataFrame:
    """Pick an attribute's changes, in order, with the attribute's values in `from` and `to`."""
    changes = facts.changes
    found = changes.filter(changes["field"] == _FIELDS[attribute].value)
    found = found.sort("issue", "at", "history", "item").with_columns(
        order=pl.int_range(pl.len(), dtype=pl.Int64) * 4
    )
    if attribute is Attribute.ASSIGNEE:
        return found
    named = {side: pl.col(f"{side}_name") for side in ("from", "to")}
    if attribute is Attribute.PROJECT:
        named = {side: name.str.extract(_PROJECT_OF_KEY) for side, name in named.items()}
    return found.with_columns(**named)


def _entries(changes: pl.DataFrame, side: str, *, order: int) -> pl.DataFrame:
    """Turn one side of changes into what held since then."""
    return changes.select(
        "issue", pl.col("order") + order, "since", value=side, name=f"{side}_name"
    )


def _present(facts: Facts, last: pl.DataFrame, attribute: Attribute) -> pl.DataFrame:
    """Tell what issues themselves say, since their last update."""
    own = facts.issues.select("updated", attribute.value, "assignee_name")[last["issue"]]
    return last.hstack(own).select(
        "issue",
        pl.col("order") + 2,
        since=pl.max_horizontal("at", "updated"),
        value=attribute.value,
        name="assignee_name",
    )
