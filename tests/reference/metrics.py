"""The figures of a window over raw issues: executive summary, bottlenecks, workload.

All with the default mapping: stages are the categories new < indeterminate < done, start is
indeterminate. Times are ms, instants ms since the epoch, None is "withheld or absent".

Readings chosen where the definitions leave room:

* Every figure, those of the window before too, uses what is known at the one ``as_of``; "its WIP
  and ages are as of its own end" moves only the instant t, to min(end of the window before, as_of).
* Ages are t - started_at over the items of WIP(t).
* Project and issue type filters look at the attributes at ``as_of``; several values mean any of
  them; sub-tasks and epics leave by their type in the raw issue, whatever ``as_of`` is.
* ``created`` counts items of the flow (no sub-tasks and epics, filters applied), like the rest.
* ``started_at`` of a reopened item stays the first start, also where that was a jump to done.
* The top bottleneck is the first ranked status of the window; none where no status is ranked.
"""

from collections.abc import Collection, Sequence
from typing import Any

from tests.reference.attributes import assignee_at, in_flow, issue_type_at, project_at
from tests.reference.bottlenecks import bottlenecks, top_bottleneck
from tests.reference.periods import window_before
from tests.reference.statistics_of_times import time_statistics
from tests.reference.timeline import Timeline, timeline_of
from tests.reference.windows import Window

Issue = dict[str, Any]
Item = tuple[Issue, Timeline]


def figures(
    issues: Sequence[Issue],
    categories: dict[str, str],
    *,
    start: int,
    end: int,
    time_zone: str,
    as_of: int,
    projects: Collection[str] = (),
    issue_types: Collection[str] = (),
) -> dict[str, Any]:
    """Count every figure of the window [start, end), in plain dicts."""
    items = select(issues, categories, as_of=as_of, projects=projects, issue_types=issue_types)
    timelines = [timeline for _, timeline in items]
    before_start, before_end = window_before(start, end, time_zone)
    ranked = bottlenecks(timelines, categories, start=start, end=end, as_of=as_of)
    return {
        "executive_summary": {
            "window": (start, end),
            "window_before": (before_start, before_end),
            "figures": measures(timelines, start, end, as_of),
            "figures_before": measures(timelines, before_start, before_end, as_of),
            "top_bottleneck_status_id": top_bottleneck(ranked),
        },
        "bottlenecks": ranked,
        "workload": workload(items, min(end, as_of)),
    }


def figures_of(
    issues: Sequence[Issue], categories: dict[str, str], window: Window
) -> dict[str, Any]:
    """Count every figure of one of the fixed windows."""
    return figures(
        issues,
        categories,
        start=window.start,
        end=window.end,
        time_zone=window.time_zone,
        as_of=window.as_of,
        projects=window.projects,
        issue_types=window.issue_types,
    )


def select(
    issues: Sequence[Issue],
    categories: dict[str, str],
    *,
    as_of: int,
    projects: Collection[str] = (),
    issue_types: Collection[str] = (),
) -> list[Item]:
    """Pick the flow's issues that exist at ``as_of`` and pass the filters, with their timelines."""
    items = []
    for issue in issues:
        timeline = timeline_of(issue, categories, as_of)
        if timeline is None or not in_flow(issue):
            continue
        if projects and project_at(issue, as_of) not in projects:
            continue
        if issue_types and issue_type_at(issue, as_of) not in issue_types:
            continue
        items.append((issue, timeline))
    return items


def measures(timelines: Sequence[Timeline], start: int, end: int, as_of: int) -> dict[str, Any]:
    """Count the executive summary's figures of one window."""
    created = 0
    lead_times = []
    cycle_times = []
    throughput = 0
    for item in timelines:
        if start <= item.created < end:
            created += 1
        if item.done_at is not None and start <= item.done_at < end:
            throughput += 1
            lead_times.append(item.done_at - item.created)
            if item.started_at is not None and item.started_at < item.done_at:
                cycle_times.append(item.done_at - item.started_at)

    at = min(end, as_of)
    started = [item.started_at for item in timelines if in_progress(item, at)]
    ages = [at - started_at for started_at in started if started_at is not None]
    return {
        "created": created,
        "throughput": throughput,
        "cycle_time": time_statistics(cycle_times, eligible_count=throughput),
        "lead_time": time_statistics(lead_times, eligible_count=throughput),
        "wip": len(ages),
        "work_item_age": time_statistics(ages, eligible_count=len(ages)),
    }


def in_progress(item: Timeline, at: int) -> bool:
    """Tell whether the item is in WIP(at): started before that instant and not done before it."""
    if item.started_at is None or item.started_at >= at:
        return False
    return item.done_at is None or at <= item.done_at


def workload(items: Sequence[Item], at: int) -> dict[str, Any]:
    """Tell who held the work in progress at an instant, by account, with the sum of its ages (ms).

    People stand in order: most items first, then the greatest age, then account id.
    """
    people: dict[str, dict[str, int]] = {}
    unassigned_count = 0
    for issue, timeline in items:
        if not in_progress(timeline, at) or timeline.started_at is None:
            continue
        account = assignee_at(issue, at)
        if account is None:
            unassigned_count += 1
            continue
        person = people.setdefault(account, {"wip": 0, "age_sum": 0})
        person["wip"] += 1
        person["age_sum"] += at - timeline.started_at
    order = sorted(people, key=lambda key: (-people[key]["wip"], -people[key]["age_sum"], key))
    return {
        "at": at,
        "people": {account: people[account] for account in order},
        "unassigned_count": unassigned_count,
    }
