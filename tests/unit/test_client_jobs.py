"""A list of syncs reads as it is meant."""

from google.protobuf.timestamp_pb2 import Timestamp

from client.show.jobs import show_jobs
from jira_analytics.sync.v1.sync_pb2 import SyncJob
from tests.unit.client_examples import shown

AT = Timestamp(seconds=1_700_000_000)


def lines(**values: object) -> list[str]:
    made = SyncJob(id="job_1", mode=SyncJob.FULL, state=SyncJob.RUNNING, create_time=AT)
    made.MergeFrom(SyncJob(**values))  # type: ignore[arg-type]
    return [" ".join(told.split()) for told in shown(show_jobs([made])).splitlines()]


def line(**values: object) -> str:
    return lines(**values)[1]


def test_how_far_a_sync_is() -> None:
    progress = SyncJob.Progress(issues_done=1200, issues_total=1520)
    assert line(progress=progress) == "job_1 11-14 22:13 full running 1,200 of 1,520"


def test_before_issues_are_counted() -> None:
    """No total is made up."""
    assert line() == "job_1 11-14 22:13 full running 0"


def test_why_one_failed() -> None:
    """In the client's own words where it has some for the reason."""
    told = lines(
        state=SyncJob.FAILED,
        error=SyncJob.Failure(reason="CONNECTION_NEEDS_CREDENTIALS", message="no"),
    )
    assert told[1] == "job_1 11-14 22:13 full failed 0"
    assert told[3].startswith("job_1: the site refuses this connection's")


def test_nothing_of_a_sync_is_cut_off_where_a_terminal_is_narrow() -> None:
    made = SyncJob(id=f"job_{'7' * 30}", mode=SyncJob.CENSUS, state=SyncJob.CANCELLED)
    made.progress.CopyFrom(SyncJob.Progress(issues_done=1_520, issues_total=345_678))
    words = shown(show_jobs([made]), width=80).split()
    assert {made.id, "census", "cancelled", "1,520", "345,678"} <= set(words)
