"""Who holds issues, as the issues tell it: by account, with the name that was heard last.

Pure. An issue shows its assignee's name as it was when the issue was read; a row of its history the
name of its own day. A person who is called something else since touches neither.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from services.kernel.ids import Instant
from services.kernel.issue import Tracked
from services.kernel.site_account import SiteAccount

# Atlassian's own bound; a longer one names nobody.
LONGEST_ID: Final = 128
LONGEST_NAME: Final = 255


@dataclass(frozen=True, slots=True)
class Roll:
    """How far accounts are known: met in issues written up to `seq`, and asked for up to `after`.

    `read` is when the site was last asked for all of them.
    """

    seq: int = 0
    after: str = ""
    read: Instant | None = None

    def as_document(self) -> dict[str, Any]:
        """Give it as it is stored."""
        return {"seq": self.seq, "after": self.after, "read": self.read}


def roll_of_document(document: Mapping[str, Any] | None) -> Roll:
    """Read it back; absent before accounts were kept."""
    return Roll() if document is None else Roll(**document)


@dataclass(frozen=True, slots=True)
class _Name:
    """A name that was heard; what an issue shows counts before what its history says."""

    now: bool
    order: int
    name: str


class Met:
    """Accounts met in documents of issues; `seq` is the latest of those."""

    def __init__(self) -> None:
        self._names: dict[str, _Name] = {}
        self.seq = 0

    def see(self, document: Mapping[str, Any]) -> None:
        """Note whom an issue names."""
        self.seq = max(self.seq, document["seq"])
        # What is deleted was written again without being read: its name is of an earlier day.
        there = document["deleted"] is None
        order = document["seq"] if there else document["updated"]
        self._note(document["assignee_id"], document["assignee_name"], now=there, order=order)
        for at, account_id, name in _handed(document["changes"]):
            self._note(account_id, name, now=False, order=at)

    def _note(self, account_id: str | None, name: str | None, *, now: bool, order: int) -> None:
        if not account_id or len(account_id) > LONGEST_ID:
            return
        heard = _Name(now, order, (name or "")[:LONGEST_NAME])
        known = self._names.get(account_id)
        if known is None or (known.now, known.order) < (now, order):
            self._names[account_id] = heard

    @property
    def ids(self) -> list[str]:
        """Give the accounts by id, in order."""
        return sorted(self._names)

    def news(self, ids: Iterable[str], known: Mapping[str, SiteAccount]) -> list[SiteAccount]:
        """Give those of some accounts that are not known, or by another name now."""
        found = []
        for account_id in ids:
            heard, before = self._names[account_id], known.get(account_id)
            if before is None:
                found.append(SiteAccount(account_id, heard.name))
            elif heard.now and heard.name and heard.name != before.display_name:
                found.append(replace(before, display_name=heard.name))
        return found


def _handed(packed: Mapping[str, Any]) -> Iterator[tuple[Instant, str | None, str | None]]:
    """Give from and to whom an issue was handed: when, account id, name."""
    for index, field in enumerate(packed["field"]):
        if field == Tracked.ASSIGNEE.value:
            at = packed["at"][index]
            yield at, packed["from"][index], packed["from_name"][index]
            yield at, packed["to"][index], packed["to_name"][index]


def accounts_told(rows: Iterable[Mapping[str, Any]], asked: Iterable[str]) -> list[SiteAccount]:
    """Read what a site tells of accounts that it was asked for; what cannot be read is left out.

    Of a person who is not told nothing is changed. Addresses are not even looked at.
    """
    wanted, found = list(asked), {}
    for row in rows:
        account_id, name, active = row.get("accountId"), row.get("displayName"), row.get("active")
        if account_id in wanted and isinstance(name, str) and name and isinstance(active, bool):
            text = name[:LONGEST_NAME].encode("utf-8", "replace").decode()
            found[account_id] = SiteAccount(account_id, text, active)
    return list(found.values())
