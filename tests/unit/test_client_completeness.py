"""Completeness reads as it is meant: what is missing is said, with what can be done about it."""

from google.protobuf.timestamp_pb2 import Timestamp

from client.show.completeness import show_completeness
from client.show.frame import framed
from client.show.summary import show_summary
from jira_analytics.analytics.v1.analytics_pb2 import Provenance
from jira_analytics.sync.v1.sync_pb2 import Completeness
from tests.unit.client_examples import shown, summary

AT = Timestamp(seconds=1_700_000_000)


def said(**values: object) -> str:
    made = Completeness(complete_until_time=AT, issue_count=1500, count_time=AT)
    made.MergeFrom(Completeness(**values))  # type: ignore[arg-type]
    return " ".join(shown(show_completeness(made)).split())


def test_a_site_that_is_stored_whole() -> None:
    project = Completeness.Project(id="1", key="AB", issue_count=1500, changelog_entry_count=9000)
    text = said(expected_issue_count=1500, projects=[project])
    assert "Complete to 2023-11-14 22:13 UTC, 1,500 of 1,500 issues stored" in text
    assert "AB 1,500 9,000 counted 2023-11-14 22:13 UTC" in text
    assert "vanished" not in text
    assert "set aside" not in text


def test_before_the_first_full_sync() -> None:
    text = " ".join(shown(show_completeness(Completeness(issue_count=7))).split())
    assert text == "Not complete yet: the first full sync has not ended, 7 issues stored"


def test_what_is_held() -> None:
    """With since when, the likeliest cause, and what to do where it is another."""
    project = Completeness.Project(
        id="1",
        key="AB",
        issue_count=30,
        held_count=30,
        hold_time=AT,
        hold_reason=Completeness.Project.VANISHED,
        complete_until_time=Timestamp(seconds=AT.seconds - 86_400),
    )
    text = said(held_count=30, projects=[project])
    assert "AB 30 0 30 since 2023-11-14 22:13 UTC, complete to 2023-11-13 22:13 UTC" in text
    assert "lost a permission" in text
    assert "jira-analytics sync --full --believe-vanished" in text


def test_a_project_that_the_site_does_not_show() -> None:
    """With since when, and what may be done about it."""
    unshown = Completeness.Project(
        key="GONE", hold_reason=Completeness.Project.NOT_SHOWN, hold_time=AT
    )
    text = said(projects=[unshown])
    assert "GONE 0 0 not shown since 2023-11-14 22:13 UTC, never complete" in text
    assert "jira-analytics collect" in text


def test_what_was_set_aside() -> None:
    bad = Completeness.QuarantinedIssue(
        id="10007", problem="no status", create_time=AT, try_time=AT, attempts=3, project_key="AB"
    )
    project = Completeness.Project(
        id="1", key="AB", issue_count=7, expected_issue_count=8, quarantined_count=1
    )
    text = said(quarantined_count=1, quarantined=[bad], projects=[project])
    assert "AB 7 of 8 0 1 set aside counted" in text
    assert "id project since tries problem 10007 AB 2023-11-14 22:13 UTC 3 no status" in text


def test_an_answer_says_what_it_lacks() -> None:
    """Below its figures, with where to look."""
    made = summary()
    made.provenance.MergeFrom(
        Provenance(held_count=30, quarantined_count=1, hidden_project_count=1)
    )
    text = " ".join(shown(framed("Summary", made.provenance, show_summary(made, width=80))).split())
    assert "(1 project not shown, 30 held, 1 set aside; see: jira-analytics completeness)" in text
