"""The figures of a window as text for a reader."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.reference.windows import Window

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def described(window: Window, figures: dict[str, Any]) -> str:
    """Write a window's question and its figures, one a line."""
    summary = figures["executive_summary"]
    zone = window.time_zone
    lines = [
        f"== {window.name}",
        f"window         {_span(summary['window'], zone)}",
        f"window before  {_span(summary['window_before'], zone)}",
        f"as of          {_moment(window.as_of, 'UTC')}",
    ]
    if window.projects:
        lines.append(f"projects       {', '.join(window.projects)}")
    if window.issue_types:
        lines.append(f"issue types    {', '.join(window.issue_types)}")
    lines.append("-- executive summary (before in brackets)")
    for name in summary["figures"]:
        now = _figure(summary["figures"][name])
        lines.append(f"{name:14} {now}  [{_figure(summary['figures_before'][name])}]")
    lines.append(f"top bottleneck {_or_absent(summary['top_bottleneck_status_id'])}")
    lines.append("-- bottlenecks, by status id")
    for row in figures["bottlenecks"]:
        lines.extend(_stage(row))
    lines.append(f"-- workload at {_moment(figures['workload']['at'], zone)}")
    for account, person in figures["workload"]["people"].items():
        lines.append(f"{account:14} wip {person['wip']}, age {_time(person['age_sum'])}")
    lines.append(f"{'unassigned':14} {figures['workload']['unassigned_count']}")
    return "\n".join(lines)


def _stage(row: dict[str, Any]) -> list[str]:
    share = row["cycle_time_share"]
    return [
        (
            f"{row['status_id']:6} arrivals {row['arrivals']}, departures {row['departures']}, "
            f"queue growth {row['queue_growth']}, open {row['open_count']}, "
            f"older than p85 {_or_absent(row['older_than_p85_count'])}, "
            f"share of cycle time {_or_absent(None if share is None else f'{share:.4f}')}, "
            f"gain {_time(row['median_cycle_time_gain'])}"
        ),
        f"{'':6} time {_figure(row['time'])}",
    ]


def _figure(value: int | dict[str, Any]) -> str:
    if isinstance(value, int):
        return str(value)
    shown = f"{value['count']} of {value['eligible_count']}"
    for name in ("p50", "p85", "p95", "mean"):
        shown += f", {name} {_time(value[name])}"
    return shown + (", small sample" if value["small_sample"] else "")


def _time(milliseconds: int | None) -> str:
    return _or_absent(None if milliseconds is None else str(timedelta(milliseconds=milliseconds)))


def _or_absent(value: object) -> str:
    return "-" if value is None else str(value)


def _span(ends: tuple[int, int], time_zone: str) -> str:
    return f"{_moment(ends[0], time_zone)} to {_moment(ends[1], time_zone)} {time_zone}"


def _moment(at: int, time_zone: str) -> str:
    moment = _EPOCH + timedelta(milliseconds=at)
    return moment.astimezone(ZoneInfo(time_zone)).isoformat(timespec="minutes")
