"""What is around a run: the site, the store of how far it is, and whoever hears of it."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from services.chassis.clock import Clock
from services.kernel.ids import ConnectionId, Instant, IssueId, TenantScope
from services.kernel.site_account import SiteAccount
from services.kernel.sync_job import Failure
from services.kernel.workflow import Status
from services.sync import reading
from services.sync.domain.accounts import Met, Roll
from services.sync.domain.completeness import Count
from services.sync.domain.dead_letter import Death
from services.sync.domain.digest import Checked, Digest, History
from services.sync.domain.fields import FieldSet
from services.sync.domain.ledger import Found, Ledger
from services.sync.domain.quarantine import Read
from services.sync.domain.site_lists import SiteList
from services.sync.domain.slices import Slice
from services.sync.domain.vanishing import Census
from services.sync.patience import Patience
from services.sync.store.claims import Claim, Hold, PageOfIds


class Source(reading.Issues, Protocol):
    """A site, seen with one connection's credential."""

    @property
    def behind(self) -> int:
        """By how many milliseconds at most the site's clock is behind ours, as its answers say."""

    async def statuses(self) -> list[dict[str, Any]]:
        """Read the statuses the site has now."""

    async def fields(self) -> list[dict[str, Any]]:
        """Read the fields the site has now."""

    async def estimating(self) -> set[str] | None:
        """Tell which fields boards estimate with; None where they are not shown to us."""

    async def accounts(self, ids: Sequence[str]) -> list[dict[str, Any]] | None:
        """Read up to fifty accounts by their ids; None where people are not shown."""

    async def paged(self, path: str, most: int) -> list[dict[str, Any]] | None:
        """Read a list that is paged by offset, so much of it at most; None where not shown."""

    async def taken(self, questions: Sequence[str]) -> list[bool]:
        """Tell of some questions whether the site takes them: all that they name is shown."""

    async def matching(self, question: str, ids: Sequence[IssueId]) -> set[IssueId]:
        """Tell which of some issues are what a question asks for."""

    async def history_total(self, issue_id: IssueId) -> int | None:
        """Tell how many rows an issue's changelog has; None where the site does not say."""

    async def estimate(self, question: str) -> int | None:
        """Tell how many issues the site guesses a question finds; None where it does not say."""

    async def oldest(self, question: str) -> Instant | None:
        """Tell when the first issue was made that a question finds; None where none was."""

    def sweep(self, question: str, *, dated: bool) -> AsyncIterator[list[Found]]:
        """List what a question finds, page by page, with when it was last changed or without."""


class Runs(Protocol):
    """How far runs are; see RunStore."""

    async def claim(self, connection_id: ConnectionId, now: Instant) -> Claim | None:
        """Take a connection's present job."""

    async def check(self, hold: Hold) -> None:
        """Superseded where the connection is another's by now, or nobody's."""

    async def begin_sweep(self, claim: Claim, now: Instant) -> None:
        """Note when the sweep begins."""

    async def know_statuses(self, hold: Hold, now: Instant, statuses: Mapping[str, Status]) -> None:
        """Note the statuses, and when they were read."""

    async def know_fields(self, claim: Claim, now: Instant, fields: FieldSet) -> Claim:
        """Note the site's fields, and when they were read; gives the claim as it is then."""

    async def know_hidden(self, claim: Claim, now: Instant, hidden: Sequence[str]) -> Claim:
        """Note which projects are not shown; what is shown again is looked through as a whole."""

    async def hide(self, hold: Hold, now: Instant, keys: Sequence[str]) -> Hold:
        """Note that more projects are not shown; gives the hold as it is then."""

    async def begin_again(self, claim: Claim) -> Claim:
        """Have a job read everything; gives the claim as it is then."""

    async def ledger(self, claim: Claim, ids: Sequence[IssueId]) -> Ledger:
        """Tell what is stored of some issues already."""

    async def slices(self, claim: Claim, asked: str) -> Sequence[Slice]:
        """Give the slices that a run of this job has begun; none where it asked for others."""

    async def begin_slices(
        self, claim: Claim, now: Instant, asked: str, slices: Sequence[Slice]
    ) -> None:
        """Note which slices are to be listed; what other ones found is dropped."""

    async def drop_slice(self, claim: Claim, one: Slice) -> None:
        """Drop what was found of a slice that was not listed to its end."""

    async def end_slice(self, claim: Claim, one: Slice, listed: int) -> None:
        """Note that a slice was listed to its end, and how many issues it holds."""

    async def add_pages(self, claim: Claim, first: int, pages: Sequence[Sequence[str]]) -> None:
        """Keep pages of ids that a sweep found."""

    async def add_listed(self, claim: Claim, number: int, ids: Sequence[IssueId]) -> None:
        """Remember ids that a sweep found, whether or not they are to be read."""

    async def end_sweep(
        self, claim: Claim, total: int, now: Instant, *, expected: int | None
    ) -> None:
        """Note that everything there is to collect is listed; how many issues the site has."""

    async def undone(self, claim: Claim, most: int) -> Sequence[PageOfIds]:
        """List pages that are not done yet."""

    async def write_page(self, claim: Claim, page: PageOfIds, read: Read, now: Instant) -> int:
        """Store a page where it is newer, and what was set aside; gives how many issues changed."""

    async def raise_revision(self, hold: Hold) -> None:
        """Tell readers to look again."""

    async def pause(
        self, claim: Claim, now: Instant, *, until: Instant | None, waiting_for: str = ""
    ) -> None:
        """Put a job down: until an instant, and why, or until a worker takes it again."""

    async def succeed(
        self, claim: Claim, now: Instant, complete_until: Instant | None, *, moved: bool
    ) -> bool:
        """End a job well, with another revision where data moved; gives whether one is behind."""

    async def fail(
        self, claim: Claim, now: Instant, failure: Failure, death: Death | None = None
    ) -> bool:
        """End a job badly, with a letter where it is dead; gives whether another is behind it."""


class Vanished(Protocol):
    """What is stored and the site does not list; see VanishedStore."""

    async def settled_until(self, claim: Claim) -> Instant | None:
        """Tell before when every change is stored, also of what was not shown for a while."""

    async def unlisted(self, claim: Claim, before: Instant) -> Census:
        """Tell what was made before an instant, is stored, and was not listed by the sweep."""

    async def write_found(self, hold: Hold, read: Read, now: Instant) -> int:
        """Store what is there after all; gives how many issues changed."""

    async def bury(self, hold: Hold, ids: Sequence[IssueId], now: Instant) -> None:
        """Mark issues as deleted, and forget that they were set aside."""

    async def called_otherwise(self, claim: Claim, keys: Mapping[str, str]) -> Sequence[IssueId]:
        """List stored issues whose project has another key by now, of those projects that do."""

    async def histories(self, claim: Claim) -> Sequence[History]:
        """Give every stored issue with the number of rows that were read of it."""

    async def checked(self, claim: Claim) -> Sequence[Checked]:
        """Give what the claim's job has checked so far."""

    async def note_checked(self, claim: Claim, checked: Checked) -> None:
        """Keep what was checked of a project, until the digest is made."""

    async def note_digest(self, claim: Claim, digest: Digest) -> None:
        """Keep what a digest found, and that it was made."""

    async def note_count(self, claim: Claim, count: Count) -> None:
        """Note what is stored and what of it is held; what was held before is so since then."""


class Accounts(Protocol):
    """Who holds issues, and what they are called; see AccountStore."""

    async def roll(self, hold: Hold) -> Roll:
        """Tell how far the accounts of a connection are known."""

    async def met(self, hold: Hold, since: int) -> Met:
        """Look through the issues that were written after `since`."""

    async def note_met(self, hold: Hold, met: Met) -> bool:
        """Keep whom issues name; tells whether anybody is new, or by another name."""

    async def after(self, hold: Hold, account_id: str, most: int) -> list[str]:
        """List accounts by id, from the one after."""

    async def note_told(self, hold: Hold, told: Sequence[SiteAccount], roll: Roll) -> bool:
        """Keep what the site tells of accounts, and how far it was asked; tells of a change."""


class Lists(Protocol):
    """What the site lists beside its issues; see SiteListStore."""

    async def projects(self, hold: Hold, most: int) -> tuple[list[str], bool]:
        """Give the projects of which issues are stored, the largest first; and whether all."""

    async def note(self, hold: Hold, listed: SiteList) -> None:
        """Keep a list as it was read."""


class News(Protocol):
    """Tells readers that data moved."""

    async def moved(self, scope: TenantScope) -> None:
        """Say that a connection's data are not what they were, or complete until later."""


@dataclass(frozen=True, slots=True)
class Around:
    """What is around a run, but for its site."""

    runs: Runs
    vanished: Vanished
    accounts: Accounts
    lists: Lists
    news: News
    patience: Patience
    clock: Clock
