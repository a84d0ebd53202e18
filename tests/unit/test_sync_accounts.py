"""Who holds issues: which of the names that were heard is the one they have now."""

from collections.abc import Sequence
from typing import Any

import pytest

from services.kernel.site_account import SiteAccount
from services.sync.domain.accounts import LONGEST_ID, Met, accounts_told

ANN = "712020:ann"


def seen(
    seq: int, name: str | None = None, *handed: tuple[int, str], deleted: int | None = None
) -> dict[str, Any]:
    """Make a document that is Ann's by a name, and was handed to her by others."""
    return {
        "seq": seq,
        "updated": 5,
        "deleted": deleted,
        "assignee_id": None if name is None else ANN,
        "assignee_name": name,
        "changes": {
            "at": [1, *(at for at, _ in handed)],
            "field": ["status", *("assignee" for _ in handed)],
            "from": ["1", *(None for _ in handed)],
            "from_name": ["To Do", *(None for _ in handed)],
            "to": ["3", *(ANN for _ in handed)],
            "to_name": ["Done", *(said for _, said in handed)],
        },
    }


@pytest.mark.parametrize(
    ("documents", "name"),
    [
        ([seen(1, "Ann"), seen(2, "Ann Lee")], "Ann Lee"),
        ([seen(2, "Ann Lee"), seen(1, "Ann")], "Ann Lee"),
        ([seen(1, "Ann Lee", (9, "Ann"))], "Ann Lee"),
        ([seen(1, None, (1, "Ann"), (2, "Ann Lee"))], "Ann Lee"),
        ([seen(1, "Ann Lee"), seen(2, "Ann", deleted=7)], "Ann Lee"),
        ([seen(1, None, (1, "Ann"), (2, ""))], ""),
    ],
    ids=["read later", "in any order", "shown", "handed last", "read before deleted", "nameless"],
)
def test_the_name_that_was_read_last_counts(documents: Sequence[dict[str, Any]], name: str) -> None:
    """Names of histories are of their own day; what is deleted was marked so, and not read."""
    met = Met()
    for document in documents:
        met.see(document)
    assert met.ids == [ANN]
    assert met.news([ANN], {}) == [SiteAccount(ANN, name)]


def test_what_the_site_told_gives_way_only_to_what_an_issue_shows() -> None:
    """Not to its history, and not to an empty name; whether somebody is active stays known."""
    known = {ANN: SiteAccount(ANN, "Ann Lee", active=False)}
    past, shown = Met(), Met()
    past.see(seen(3, None, (9, "Ann")))
    shown.see(seen(4, "Ann Moss"))
    assert past.news([ANN], known) == []
    assert shown.news([ANN], known) == [SiteAccount(ANN, "Ann Moss", active=False)]
    assert shown.news([ANN], {ANN: SiteAccount(ANN, "Ann Moss", active=True)}) == []


def test_what_names_nobody_is_left_out() -> None:
    met = Met()
    met.see({**seen(1, "Ann"), "assignee_id": "x" * (LONGEST_ID + 1)})
    assert met.ids == []


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"accountId": ANN},
        {"accountId": ANN, "displayName": "", "active": True},
        {"accountId": ANN, "displayName": 7, "active": True},
        {"accountId": ANN, "displayName": "Ann", "active": "yes"},
        {"accountId": "712020:other", "displayName": "Ann", "active": True},
        {"accountId": ["unhashable"], "displayName": "Ann", "active": True},
    ],
)
def test_what_a_site_does_not_tell_changes_nothing(row: dict[str, Any]) -> None:
    assert accounts_told([row], [ANN]) == []


def test_nothing_of_a_person_is_kept_but_name_and_whether_active() -> None:
    row = {"accountId": ANN, "displayName": "Ann", "active": True, "emailAddress": "a@b.example"}
    assert accounts_told([row], [ANN]) == [SiteAccount(ANN, "Ann", active=True)]
