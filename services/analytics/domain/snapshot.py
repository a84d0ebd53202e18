"""A connection's issues at a moment, in memory, ready to be asked.

A snapshot is a large base and a small overlay of issues that changed since: their rows in the base
are no longer live. So a refresh costs what changed; when the overlay has grown, it is merged into
the base. How it was arrived at shows in no answer.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import polars as pl

from services.analytics.domain.facts import Facts, no_facts
from services.analytics.domain.part import Part, merged, part_of, restaged, shifted
from services.kernel.site_account import SiteAccount

# The overlay is merged into the base beyond this many issues, and this share of the base.
LEAST_OVERLAY = 4096
OVERLAY_SHARE = 8
# An object, its texts and its place among the others.
BYTES_OF_AN_ACCOUNT = 400


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Issues, visits, runs and spans (see `Part`), base before overlay.

    `issues` has a column `counted` more: the row is live, and in the flow by its present type.
    `accounts` are those who hold issues as they are called now, by id, as far as that is known.
    """

    stages: Mapping[str, int]
    categories: pl.Categories
    base: Part
    overlay: Part
    live: pl.Series
    issues: pl.DataFrame
    visits: pl.DataFrame
    earlier_runs: pl.DataFrame
    spans: pl.DataFrame
    accounts: Mapping[str, SiteAccount] = field(default_factory=dict)

    @property
    def byte_count(self) -> int:
        """The memory that the frames take, in bytes."""
        frames = self.base.byte_count + self.overlay.byte_count + self.live.len() // 4
        return frames + len(self.accounts) * BYTES_OF_AN_ACCOUNT


def empty(stages: Mapping[str, int]) -> Snapshot:
    """Make a snapshot of no issue, for a mapping of status ids to stages."""
    categories = pl.Categories.random()
    nothing = part_of(no_facts(), stages, categories)
    return _assembled(
        nothing, nothing, pl.Series(dtype=pl.Boolean), stages=stages, categories=categories
    )


def refreshed(snapshot: Snapshot, facts: Facts) -> Snapshot:
    """Make the snapshot in which these issues are as the facts (`facts.joined`) say."""
    changed = part_of(facts, snapshot.stages, snapshot.categories)
    base, overlay = snapshot.base, merged(snapshot.overlay, changed)
    live = snapshot.live.clone()
    if overlay.issues.height > max(LEAST_OVERLAY, base.issues.height // OVERLAY_SHARE):
        base, overlay = merged(base, overlay), _nothing_like(base)
        live = pl.repeat(value=True, n=base.issues.height, dtype=pl.Boolean, eager=True)
    else:
        live.scatter(base.rows_of(changed.issues["issue_id"]), False)
    made = _assembled(base, overlay, live, stages=snapshot.stages, categories=snapshot.categories)
    return replace(made, accounts=snapshot.accounts)


def remapped(snapshot: Snapshot, stages: Mapping[str, int]) -> Snapshot:
    """Make the snapshot of the same issues seen through another mapping."""
    made = _assembled(
        restaged(snapshot.base, stages),
        restaged(snapshot.overlay, stages),
        snapshot.live,
        stages=stages,
        categories=snapshot.categories,
    )
    return replace(made, accounts=snapshot.accounts)


def knowing(snapshot: Snapshot, accounts: Iterable[SiteAccount]) -> Snapshot:
    """Make the snapshot in which these accounts are called as they are now."""
    told = {account.account_id: account for account in accounts}
    return replace(snapshot, accounts={**snapshot.accounts, **told})


def _nothing_like(part: Part) -> Part:
    return Part(
        part.issues.clear(), part.visits.clear(), part.earlier_runs.clear(), part.spans.clear()
    )


def _assembled(
    base: Part,
    overlay: Part,
    live: pl.Series,
    *,
    stages: Mapping[str, int],
    categories: pl.Categories,
) -> Snapshot:
    first = base.issues.height
    counted = base.issues["in_flow"] & live
    return Snapshot(
        stages=stages,
        categories=categories,
        base=base,
        overlay=overlay,
        live=live,
        issues=base.issues.with_columns(counted=counted).vstack(
            overlay.issues.with_columns(
                (pl.col("first_visit") + base.visits.height).cast(pl.UInt32),
                counted=pl.col("in_flow"),
            )
        ),
        visits=base.visits.vstack(shifted(overlay.visits, first)),
        earlier_runs=base.earlier_runs.vstack(shifted(overlay.earlier_runs, first)),
        spans=base.spans.vstack(shifted(overlay.spans, first)),
    )
