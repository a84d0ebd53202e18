"""What is read out of a webhook's body, and what is not."""

import json
from pathlib import Path
from typing import Any

import pytest

from services.kernel.errors import InvalidField
from services.sync.domain.hints import GOOD_FOR_MILLISECONDS, hint_of
from tests.unit.hook_bodies import RECORDED, Recorded

NOW = 1_700_000_000_000
WHOLE = Path(__file__).parents[3] / "shared" / "data" / "jira" / "webhooks"


def hint(**said: Any) -> Any:
    return hint_of(json.dumps({"timestamp": NOW, **said}).encode())


def test_all_recorded_bodies_are_there() -> None:
    """Forty-nine, of Cloud and of Server."""
    assert len({one.name for one in RECORDED}) == len(RECORDED) == 49


@pytest.mark.parametrize("recorded", RECORDED, ids=lambda one: one.name)
def test_a_recorded_body_names_its_issue(recorded: Recorded) -> None:
    """And says that it is gone where it is; comments of a Server name none."""
    found = hint_of(recorded.body(NOW))
    server_comment = recorded.name.startswith("server-comment-")
    assert list(found.issues) == ([] if server_comment else [recorded.issue_id])
    assert found.deleted is (recorded.name == "issue-deleted")
    assert found.told == NOW


@pytest.mark.skipif(not WHOLE.is_dir(), reason="the recorded bodies lie beside the tree")
@pytest.mark.parametrize("recorded", RECORDED, ids=lambda one: one.name)
def test_the_whole_body_says_the_same(recorded: Recorded) -> None:
    """What was left out of the facts changes nothing."""
    whole = (WHOLE / f"webhook-{recorded.name}.json").read_bytes()
    told = json.loads(whole)["timestamp"]
    assert hint_of(whole) == hint_of(recorded.body(told))


@pytest.mark.parametrize(
    ("said", "issues"),
    [
        ({"webhookEvent": "worklog_created", "worklog": {"id": "1", "issueId": "7"}}, ["7"]),
        ({"issueLink": {"sourceIssueId": 7, "destinationIssueId": 8}}, ["7", "8"]),
        ({"issueLink": {"sourceIssueId": 7, "destinationIssueId": 7}}, ["7"]),
        ({"webhookEvent": "issue_property_set", "issue": {"id": 7}, "property": {}}, ["7"]),
        ({"webhookEvent": "sprint_started", "sprint": {"id": 7}}, []),
        ({"webhookEvent": "jira:version_released", "version": {"id": "7"}}, []),
        ({"webhookEvent": "project_deleted", "project": {"id": 7}}, []),
        ({"webhookEvent": "user_created", "user": {"accountId": "a"}}, []),
        ({"webhookEvent": "attachment_created", "attachment": {"id": "7"}}, []),
        ({"webhookEvent": "what nobody has thought of", "issue": {"id": "7"}}, ["7"]),
        ({}, []),
    ],
)
def test_other_events(said: dict[str, Any], issues: list[str]) -> None:
    """What names an issue is a hint at it, whatever it is called; the rest is a hint at none."""
    assert list(hint(**said).issues) == issues


@pytest.mark.parametrize("value", [None, "", "AB-1", "1 or 2", "-1", 1.5, True, "9" * 19, "٣", [1]])
def test_what_is_no_id_names_nothing(value: object) -> None:
    """It goes to the site and into keys: digits alone do."""
    assert hint(issue={"id": value}).issues == ()
    assert hint(issue=value).issues == ()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"{",
        b"\xff",
        b'{"timestamp": null}',
        b'{"timestamp": "1700000000000"}',
        b'{"timestamp": true}',
        b'{"timestamp": 1.5}',
        b"[" * 100_000,
        b'{"timestamp": 1e999}',
    ],
)
def test_what_is_no_webhook_is_refused(body: bytes) -> None:
    """As a field of the request, which nobody sends again."""
    with pytest.raises(InvalidField):
        hint_of(body)


def test_how_long_it_is_good() -> None:
    """A day, and no longer; nor is one that comes from a day ahead."""
    told = hint()
    assert told.is_good_at(NOW + GOOD_FOR_MILLISECONDS)
    assert told.is_good_at(NOW - GOOD_FOR_MILLISECONDS)
    assert not told.is_good_at(NOW + GOOD_FOR_MILLISECONDS + 1)
    assert not told.is_good_at(NOW - GOOD_FOR_MILLISECONDS - 1)
