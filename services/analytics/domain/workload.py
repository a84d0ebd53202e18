"""The workload: who holds the work in progress at the window's end."""

from dataclasses import dataclass, replace

import polars as pl

from services.analytics.domain.attributes import Attribute, held_at
from services.analytics.domain.facts import ALWAYS
from services.analytics.domain.items import Items, in_progress, items_of
from services.analytics.domain.question import Question
from services.analytics.domain.snapshot import Snapshot
from services.kernel.ids import Instant
from services.kernel.site_account import SiteAccount


@dataclass(frozen=True, slots=True)
class Person:
    """One person's work in progress; `age` is the sum of its ages in milliseconds.

    `active`: whether the site lets them work; None where it did not say.
    """

    account_id: str
    display_name: str
    wip: int
    age: int
    active: bool | None = None


@dataclass(frozen=True, slots=True)
class Workload:
    """Persons with work in progress: most items first, then the greatest age, then account id."""

    people: tuple[Person, ...]
    unassigned_count: int


def workload_of(snapshot: Snapshot, question: Question) -> Workload:
    """Tell who held the work in progress at min(window's end, as_of)."""
    at = min(question.period.end, question.as_of)
    held = _holders(items_of(snapshot, question), at)
    people = (
        held.drop_nulls("account_id")
        .sort("since", "display_name")
        .group_by("account_id", maintain_order=True)
        .agg(pl.col("display_name").last(), wip=pl.len(), age=pl.col("age").sum())
        .sort("wip", "age", "account_id", descending=[True, True, False])
    )
    return Workload(
        people=tuple(
            _called_now(Person(**row), snapshot.accounts.get(row["account_id"]))
            for row in people.iter_rows(named=True)
        ),
        unassigned_count=int(held["account_id"].null_count()),
    )


def _called_now(person: Person, account: SiteAccount | None) -> Person:
    """Name a person as they are called now, where that is known."""
    if account is None:
        return person
    name = account.display_name or person.display_name
    return replace(person, display_name=name, active=account.active)


def _holders(items: Items, at: Instant) -> pl.DataFrame:
    """Tell of each item in progress who held it: account_id, display_name, since, age.

    A person may have had several names; the latest assignment's is shown, so `since` comes along.
    """
    working = in_progress(items, at).select("issue", age=at - pl.col("started_at"))
    present = items.snapshot.issues.select("assignee", "assignee_name")[working["issue"]]
    then = held_at(items.snapshot.spans, Attribute.ASSIGNEE, at)
    found = working.hstack(present).join(then, on="issue", how="left", maintain_order="left")
    changed = pl.col("since").is_not_null()
    account = pl.when(changed).then("value").otherwise("assignee").cast(pl.String)
    name = pl.when(changed).then("name").otherwise("assignee_name").cast(pl.String)
    return found.select(
        account_id=account,
        display_name=pl.coalesce(name, account),
        since=pl.col("since").fill_null(ALWAYS),
        age="age",
    )
